"""What `make run` starts comes back when it dies, stops on Ctrl-C, and goes on where it was."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess

import pytest
from sqlalchemy import delete, select

from tests.support.plain_words import in_words
from tests.system.instance import COMMAND, MARKS, REPOSITORY, Demo, answers
from tests.system.logbook import checked_entries, is_up_to_date
from tests.system.residents import Provider
from tests.system.staff import INVESTIGATOR, LineReader, Staff
from tests.system.waiting import until
from tipline.audit.acts import Act
from tipline.audit.models import Log, LogCheckpoint, LogEntry, LogTile
from tipline.db.reading import reading
from tipline.instance import provisioning

pytestmark = pytest.mark.timeout(240)


def refusal(demo: Demo, **environment: str) -> str:
    """What a start says that must not succeed: one sentence, and no traceback."""
    done = subprocess.run(
        COMMAND,
        cwd=REPOSITORY,
        env={**demo.environment, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert demo.processes() == []
    return sentence


@pytest.mark.parametrize("name", MARKS)
def test_a_killed_process_comes_back(demo: Demo, name: str) -> None:
    others = {other: process.pid for other, process in demo.supervised().items() if other != name}
    old = demo.of(name)
    family = {process.pid for process in (old, *old.children())}
    old.kill()
    until(lambda: demo.of(name).pid != old.pid, f"another {name} runs")
    until(lambda: not family & {process.pid for process in demo.processes()}, "the old one is gone")
    until(lambda: is_whole(demo), "everything answers")
    provider, text = Provider(demo), f"A tip after a {name} died {in_words(secrets.randbits(32))}"
    sender = f"+1209555{150 + list(MARKS).index(name):04d}"
    provider.text(sender, text)
    until(lambda: [text] in LineReader.of(demo).all_texts().values(), "the tip is shown")
    until(lambda: provider.received(sender), "the acknowledgement is at the phone")
    assert others.items() <= {n: p.pid for n, p in demo.supervised().items()}.items()


def is_whole(demo: Demo) -> bool:
    urls = (
        f"{demo.info['gateway_url']}/readyz",
        f"{demo.info['console_url']}/sign-in",
        f"{demo.info['simulator_url']}/",
    )
    return set(demo.supervised()) == set(MARKS) and all(map(answers, urls))


def test_a_worker_that_was_killed_is_back_with_its_keys(demo: Demo) -> None:
    """gunicorn starts its workers again by itself, and the unlock key was read long ago."""
    (*_, worker) = demo.of("gateway").children()
    worker.kill()
    until(lambda: not worker.is_running(), "the worker is gone")
    until(lambda: is_whole(demo), "everything answers")
    fields = Provider(demo).fields("+12095550177", "A tip")
    for _ in range(8):
        assert Provider(demo).post(fields) == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_clean_and_a_second_start_goes_on(
    stopped_demo: Demo, number: signal.Signals
) -> None:
    demo = stopped_demo
    demo.start()
    assert (demo.home / "demo.json").stat().st_mode & 0o777 == 0o600
    made = demo.info
    Provider(demo).text("+12095550141", "Written before the stop")
    until(lambda: demo_texts(demo) == [["Written before the stop"]], "the tip is shown")
    assert demo.process is not None
    demo.process.send_signal(number)
    demo.stop()
    assert "Stopped." in demo.output.read_text()
    demo.start()
    assert demo.info == made
    desk = Staff(demo).sign_in(INVESTIGATOR)
    (path,) = desk.threads()
    assert "Written before the stop" in desk.get(path).text
    Provider(demo).text("+12095550141", "And after it")
    both = ["Written before the stop", "And after it"]
    until(lambda: demo_texts(demo) == [both], "both stand in one thread")
    demo.stop()


def test_an_instance_from_before_the_log_begins_one_when_it_is_started(stopped_demo: Demo) -> None:
    demo = stopped_demo
    demo.start()
    demo.stop()
    shutil.rmtree(demo.settings.keys / "records")
    with demo.stores.main.begin() as connection:
        for table in (Log, LogEntry, LogTile, LogCheckpoint):
            connection.execute(delete(table))
    demo.start()
    Staff(demo).sign_in(INVESTIGATOR).threads()
    until(lambda: is_up_to_date(demo) and published(demo), "a checkpoint is published")
    assert Act.SIGN_IN in {entry.act for entry in checked_entries(demo)}
    demo.stop()


def published(demo: Demo) -> bool:
    with reading(demo.stores.main) as connection:
        return connection.execute(select(LogCheckpoint.size)).first() is not None


def demo_texts(demo: Demo) -> list[list[str]]:
    return list(LineReader.of(demo).all_texts().values())


@pytest.mark.parametrize("name", ["GATEWAY", "CONSOLE", "SIMULATOR"])
def test_a_taken_port_is_named(stopped_demo: Demo, name: str) -> None:
    variable = f"TIPLINE_{name}_PORT"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        sentence = refusal(stopped_demo, **{variable: port})
    assert port in sentence
    assert variable in sentence
    assert not stopped_demo.home.exists()


def test_a_folder_that_is_too_deep_for_a_socket_is_refused(stopped_demo: Demo) -> None:
    deep = stopped_demo.folder / ("a" * 100)
    assert "TIPLINE_HOME is too deep" in refusal(stopped_demo, TIPLINE_HOME=str(deep))
    assert not deep.exists()


def test_an_instance_that_was_made_in_earnest_is_left_alone(stopped_demo: Demo) -> None:
    settings = stopped_demo.settings
    provisioning.create(settings, "an unlock secret, typed in earnest")
    before = {path: path.read_bytes() for path in settings.home.rglob("*") if path.is_file()}
    assert "not a demo" in refusal(stopped_demo)
    after = {path: path.read_bytes() for path in settings.home.rglob("*") if path.is_file()}
    assert after == before


def test_nothing_outlives_a_supervisor_that_was_killed(stopped_demo: Demo) -> None:
    """An orphan would keep a port, or go on with keys that nobody looks after."""
    demo = stopped_demo
    demo.start()
    family = {name: process.pid for name, process in demo.supervised().items()}
    assert set(family) == set(MARKS)
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait()
    until(lambda: not demo.processes(), f"all of {family} are gone by themselves")
    demo.start()
    Provider(demo).text("+12095550142", "Written after the kill")
    until(lambda: demo_texts(demo) == [["Written after the kill"]], "the tip is shown")
    demo.stop()
