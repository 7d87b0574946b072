"""The supervisor: what dies comes back with its key, and what is told to stop is gone."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tipline.instance import supervisor as supervising
from tipline.instance.handing_over import hand_over
from tipline.instance.supervisor import ProcessSpec, Supervisor

DEADLINE_SECONDS = 60.0
KEY = bytes(range(32))
# Waits for the end with its parts written one after the other: what is read is whole.
WAIT = "import signal, threading; threading.Event().wait()"


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def spec(name: str, code: str, *, key: bytes | None = None, **environment: str) -> ProcessSpec:
    given = {"PATH": os.environ["PATH"], **environment}
    return ProcessSpec(name, (sys.executable, "-c", code), given, key)


def run_until(
    supervisor: Supervisor, condition: Callable[[], bool], stop: Callable[[], None] | None = None
) -> None:
    """Run in this thread, as signals demand, until something is so."""
    came: list[bool] = []

    def watch() -> None:
        end, pause = time.monotonic() + DEADLINE_SECONDS, threading.Event()
        while time.monotonic() < end and not came:
            if condition():
                came.append(True)
            pause.wait(0.02)
        (stop or supervisor.request_stop)()

    watcher = threading.Thread(target=watch)
    watcher.start()
    supervisor.run()
    watcher.join()
    assert came, "not in time"


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def note(path: Path, words: str) -> str:
    """Code that adds a line to a file."""
    return f"open({str(path)!r}, 'a').write({words} + '\\n');"


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    lived, steady = tmp_path / "lived", tmp_path / "steady"
    supervisor = Supervisor(
        [
            spec("dying", note(lived, "'x'") + "raise SystemExit(3)"),
            spec("steady", note(steady, "'x'") + WAIT),
        ]
    )
    run_until(supervisor, lambda: len(lines(lived)) >= 3)
    assert len(lines(steady)) == 1, "one process's death is not another's"


def test_the_second_worker_of_a_kind_is_named_by_its_kind_when_it_dies(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Where a name with a number stood, the log said "withheld", and the metrics "other"."""
    caplog.set_level("INFO", "tipline")
    second = replace(spec("intake-2", note(tmp_path / "lived", "'x'")), process="intake")
    run_until(Supervisor([second]), lambda: len(lines(tmp_path / "lived")) >= 2)
    said = [record.tipline_fields for record in caplog.records]
    assert {"process_name": "intake"} in said
    assert "withheld" not in str(said)


def test_what_is_killed_is_started_again(tmp_path: Path) -> None:
    started = tmp_path / "started"
    supervisor = Supervisor([spec("one", "import os;" + note(started, "str(os.getpid())") + WAIT)])
    killed: list[int] = []

    def condition() -> bool:
        pids = [int(line) for line in lines(started)]
        if len(pids) == 1 and not killed:
            os.kill(pids[0], signal.SIGKILL)
            killed.append(pids[0])
        return len(pids) == 2

    run_until(supervisor, condition)
    assert not any(is_running(int(pid)) for pid in lines(started))


def test_each_start_gets_the_unlock_key_over_a_pipe(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code = (
        "import hashlib, os, sys;"
        "fd = int(os.environ['TIPLINE_UNLOCK_FD']);"
        "key = os.fdopen(fd, 'rb').read();"
        + note(seen, "hashlib.sha256(key).hexdigest()")
        + "raise SystemExit(1)"
    )
    run_until(Supervisor([spec("one", code, key=KEY)]), lambda: len(lines(seen)) >= 2)
    assert set(lines(seen)) == {hashlib.sha256(KEY).hexdigest()}


def test_all_workers_of_a_process_are_handed_its_new_key(tmp_path: Path) -> None:
    new = KEY[::-1]
    code = (
        "import hashlib, os, sys;"
        "key = os.fdopen(int(os.environ['TIPLINE_UNLOCK_FD']), 'rb').read();"
    )
    seen = {name: tmp_path / name for name in ("intake", "intake-2")}
    specs = [
        replace(
            spec(name, code + note(path, "hashlib.sha256(key).hexdigest()") + WAIT, key=KEY),
            process="intake",
        )
        for name, path in seen.items()
    ]
    handed: list[bool] = []

    def condition() -> bool:
        if not handed and all(lines(path) for path in seen.values()):
            handed.append(hand_over(tmp_path, {"intake": KEY}, {"intake": new}))
        return all(len(lines(path)) == 2 for path in seen.values())

    run_until(Supervisor(specs, tmp_path), condition)
    both = [hashlib.sha256(key).hexdigest() for key in (KEY, new)]
    assert [lines(path) for path in seen.values()] == [both, both]


def test_a_process_without_a_key_gets_no_pipe_and_nothing_of_others(tmp_path: Path) -> None:
    seen, descriptors = tmp_path / "seen", tmp_path / "descriptors"
    code = (
        "import os;"
        + "own = [f'/proc/self/fd/{n}' for n in range(3, 100)];"
        + note(descriptors, "' '.join(os.readlink(p) for p in own if os.path.islink(p))")
        + note(seen, "' '.join(sorted(os.environ))")
        + WAIT
    )
    keyed = spec("keyed", WAIT, key=KEY)
    run_until(Supervisor([keyed, spec("bare", code, TIPLINE_HOME="x")]), lambda: bool(lines(seen)))
    names = set(lines(seen)[0].split())
    assert names - {"LC_CTYPE"} == {"PATH", "TIPLINE_HOME"}
    assert lines(descriptors) == [str(descriptors)], "but for the file that it writes to"


def _stubborn(path: Path) -> str:
    ignore = "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    return ignore + note(path, "str(os.getpid())") + "import threading; threading.Event().wait()"


def test_what_does_not_stop_in_time_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "STOP_SECONDS", 0.2)
    started = tmp_path / "started"
    run_until(Supervisor([spec("stubborn", _stubborn(started))]), lambda: bool(lines(started)))
    assert not is_running(int(lines(started)[0]))


@pytest.mark.parametrize("ends", ["killed", "stopped"])
def test_children_do_not_outlive_their_process(tmp_path: Path, ends: str) -> None:
    """A web server's workers would hold the port that the next one needs."""
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys;"
        f"child = subprocess.Popen([sys.executable, '-c', {WAIT!r}]);"
        + note(pids, "f'{os.getpid()} {child.pid}'")
        + WAIT
    )
    supervisor = Supervisor([spec("server", code)])
    killed: list[int] = []

    def condition() -> bool:
        found = [line.split() for line in lines(pids)]
        if ends == "killed" and found and not killed:
            os.kill(int(found[0][0]), signal.SIGKILL)
            killed.append(1)
        return len(found) == (2 if ends == "killed" else 1)

    run_until(supervisor, condition)
    children = [int(line.split()[1]) for line in lines(pids)]
    _until(lambda: not any(is_running(pid) for pid in children))


def _until(condition: Callable[[], bool]) -> None:
    end, pause = time.monotonic() + DEADLINE_SECONDS, threading.Event()
    while not condition():
        assert time.monotonic() < end
        pause.wait(0.02)


def test_the_last_started_is_stopped_first(tmp_path: Path) -> None:
    """The gateway before the workers, and the queue at the very end."""
    order, names = tmp_path / "order", ("valkey", "intake", "gateway")

    def code(name: str) -> str:
        return (
            "import signal, sys, threading\n"
            f"def end(*_):\n    {note(order, repr(name + ' stopped'))}\n    sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, end)\n"
            f"{note(order, repr(name))}\n"
            "while True: threading.Event().wait(1)\n"
        )

    run_until(
        Supervisor([spec(name, code(name)) for name in names]), lambda: len(lines(order)) == 3
    )
    assert lines(order)[3:] == [f"{name} stopped" for name in reversed(names)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(tmp_path: Path, number: int) -> None:
    started = tmp_path / "started"
    supervisor = Supervisor([spec("one", "import os;" + note(started, "str(os.getpid())") + WAIT)])
    run_until(supervisor, lambda: bool(lines(started)), stop=lambda: os.kill(os.getpid(), number))
    assert not is_running(int(lines(started)[0]))
    assert supervisor.pids() == {}


def test_pauses_grow_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cannot start must not take the whole machine with it."""
    now = [1000.0]
    monkeypatch.setattr(supervising.time, "monotonic", lambda: now[0])
    kept = supervising._Kept(spec("one", "raise SystemExit(1)"))
    pauses = [_die(kept, now) for _ in range(8)]
    assert pauses[0] == supervising.FIRST_PAUSE_SECONDS
    assert sorted(pauses) == pauses
    assert pauses[-1] == supervising.LONGEST_PAUSE_SECONDS
    assert _die(kept, now, after=supervising.STEADY_SECONDS) == supervising.FIRST_PAUSE_SECONDS


def _die(kept: supervising._Kept, now: Sequence[float], after: float = 0.0) -> float:
    kept.start()
    assert kept.process is not None
    kept.process.wait(DEADLINE_SECONDS)
    now[0] += after
    assert kept.note_exit()
    return round(kept.restart_at - now[0], 6)
