"""No number, message, address or key reaches a log line, whoever speaks and however it fails."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tipline import logs
from tipline.errors import TiplineError

ROOT = Path(__file__).parents[1]
NUMBER, TEXT = "+12095550141", "meet me behind the school"
OURS = {"at", "process", "level", "event", "error", "logger", "where"}

# What may be a word of ours, because nobody can tell; tests/architecture looks at who passes what.
WORD = re.compile(r"[a-z][a-z_]*")

numbers = st.from_regex(r"\A(whatsapp:|tel:|sms:|a)?\+?[0-9]{7,15}\Z")
ids = st.from_regex(r"\A(SM|MM|AC|SK|CA)[0-9a-f]{32}\Z")
urls = st.from_regex(r"\Ahttps?://[a-z0-9]{3,12}\.example\.org(/[A-Za-z0-9?=&+]{0,20})?\Z")
addresses = st.from_regex(r"\A[a-z]{3,9}@[a-z]{3,9}\.org\Z")
sentences = st.text(min_size=6, max_size=60).filter(lambda text: not WORD.fullmatch(text))
secrets = numbers | ids | urls | addresses | sentences


@contextmanager
def lines() -> Iterator[list[dict[str, Any]]]:
    """What a configured process writes meanwhile, parsed; afterwards all is as it was."""
    root, ours = logging.getLogger(), logging.getLogger("tipline")
    kept = (sys.stderr, sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers, levels = root.handlers[:], (root.level, ours.level)
    raising, written = logging.raiseExceptions, io.StringIO()
    parsed: list[dict[str, Any]] = []
    sys.stderr = written
    try:
        logs.configure("gateway", logging.DEBUG)
        yield parsed
    finally:
        sys.stderr, sys.excepthook, threading.excepthook, sys.unraisablehook = kept
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
        logging.captureWarnings(False)
        logging.raiseExceptions = raising
    parsed += [json.loads(line) for line in written.getvalue().splitlines()]


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def test_an_event_is_one_json_line_with_our_words_and_numbers() -> None:
    with lines() as written:
        logs.event("webhook_refused", logging.WARNING, reason="bad_signature", status=403, count=2)
    (line,) = written
    assert line.pop("at")
    assert line == {
        "process": "gateway",
        "level": "warning",
        "event": "webhook_refused",
        "reason": "bad_signature",
        "status": 403,
        "count": 2,
    }


@settings(max_examples=150)
@given(secrets)
@example("SM0123456789abcdef0123456789abcdef")
@example("tel:12095550141")
@example("a12095550141")
@example("Somebody")
@example("word\n")
@example("two words")
@example("ſ")
@example("")
def test_a_string_that_is_no_word_of_ours_is_withheld(value: str) -> None:
    with lines() as written:
        logs.event("incident", kind=value)
        logs.failure("incident_not_kept", ValueError(value), kind=value)
    assert [line["kind"] for line in written] == ["withheld", "withheld"]
    assert len(value) < 6 or value not in str(written)


@pytest.mark.parametrize("value", [TEXT.encode(), [NUMBER], {NUMBER: TEXT}, Path(TEXT), object()])
def test_anything_but_numbers_and_words_is_withheld(value: Any) -> None:
    """A slip of ours loses neither the line nor what must not be in it."""
    with lines() as written:
        logs.event("incident", kind=value)
    assert [line["kind"] for line in written] == ["withheld"]


@settings(max_examples=100)
@given(secrets)
def test_no_text_of_any_exception_reaches_a_line(text: str) -> None:
    chained = raised(KeyError(text))
    chained.__cause__ = raised(ValueError(text))
    chained.__context__ = raised(OSError(2, text, text))
    chained.add_note(text)
    errors = [chained, raised(ExceptionGroup(text, [ValueError(text)])), raised(TiplineError(text))]
    with lines() as written:
        for error in errors:
            logs.failure("handling_failed", error)
            sys.excepthook(type(error), error, error.__traceback__)
            logging.getLogger("werkzeug").error(text, exc_info=error)
    assert len(written) == 9
    for line in written:
        assert text not in {str(value) for value in line.values()}
        assert text not in line["error"] or len(text) < 8
    assert {line["error"].split(" at ")[0] for line in written} == {
        "builtins.KeyError",
        "builtins.ExceptionGroup",
        "tipline.errors.TiplineError",
    }


@settings(max_examples=100)
@given(secrets)
@example("%s %d %(x)s")
def test_no_message_of_a_library_reaches_a_line(text: str) -> None:
    logger = logging.getLogger("twilio.http_client")
    with lines() as written:
        logger.warning(text)
        logger.warning("sending to %s", text)
        logger.error("wrong number of arguments %s %d", text)  # noqa: PLE1206 - on purpose
        logger.critical({"to": text})
        logger.error("extra", extra={"to": text, "body": text}, stack_info=True)
        logging.getLogger("tipline.somewhere").warning(text)
    assert len(written) == 6
    for line in written:
        assert line["event"] == "library"
        assert set(line) <= OURS
        assert text not in {str(value) for value in line.values()}
    assert [line["logger"] for line in written] == ["twilio.http_client"] * 5 + [
        "tipline.somewhere"
    ]


def test_libraries_are_silent_below_warning() -> None:
    with lines() as written:
        logging.getLogger("twilio.http_client").info("POST to %s", NUMBER)
        logging.getLogger("urllib3.connectionpool").debug("%s", NUMBER)
    assert written == []


def test_warnings_of_libraries_are_told_without_their_text() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with lines() as written:
            warnings.warn(f"{NUMBER} {TEXT}", stacklevel=1)
    (line,) = written
    assert line["logger"] == "py.warnings"
    assert set(line) <= OURS
    assert NUMBER not in str(line)
    assert TEXT not in str(line)


def test_an_error_is_told_by_its_type_and_the_places_it_passed() -> None:
    def fail(number: str) -> None:
        local = {"to": number}
        raise LookupError(f"no thread for {local}")

    with pytest.raises(LookupError) as caught:
        fail(NUMBER)
    told = logs.describe_exception(caught.value)
    kind, _, places = told.partition(" at ")
    assert kind == "builtins.LookupError"
    assert [place.split(":")[0] for place in places.split(" > ")] == ["test_logs.py"] * 2
    assert NUMBER not in told
    assert logs.describe_exception(LookupError(NUMBER)) == "builtins.LookupError at nowhere"


def test_a_long_way_is_cut() -> None:
    def dig(depth: int) -> None:
        if depth == 0:
            raise ValueError(NUMBER)
        dig(depth - 1)

    error: BaseException | None = None
    with suppress(ValueError):
        dig(50)
    try:
        dig(50)
    except ValueError as caught:
        error = caught
    assert error is not None
    assert logs.describe_exception(error).count(" > ") == logs.FRAMES_SHOWN - 1


SCRIPT = """
import gc, logging, threading, warnings
from tipline import logs

SECRET = "+1209" + "5550141 meet me behind the school"
logs.configure("gateway")

class Doomed:
    def __del__(self):
        raise ValueError(SECRET)

class Unprintable:
    def __str__(self):
        raise ValueError(SECRET)
    __repr__ = __str__

def fail():
    raise LookupError(SECRET)

thread = threading.Thread(target=fail, name=SECRET)
thread.start()
thread.join()
Doomed()
gc.collect()
warnings.warn(SECRET)
logging.getLogger("library").error("%s", Unprintable())
logging.lastResort = None
fail()
"""


def test_a_process_that_dies_prints_type_and_place_only() -> None:
    """In the main thread, in another one, in a destructor: the text stays in the process."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    written = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line.get("error", "")[:20]) for line in written] == [
        ("uncaught", "builtins.LookupError"),
        ("uncaught", "builtins.ValueError "),
        ("library", ""),
        ("library", ""),
        ("uncaught", "builtins.LookupError"),
    ]
    assert "5550141" not in done.stderr
    assert "school" not in done.stderr


BROKEN_PIPE = """
import io, logging, sys
from tipline import logs

class Full(io.TextIOBase):
    full = True
    def write(self, text):
        if self.full and text.startswith("{"):
            raise OSError("no space left on device")
        sys.__stderr__.write(text)

sys.stderr = Full()
logs.configure("gateway")
logging.getLogger("twilio.http_client").warning("to %s", "+1209" + "5550141")
"""


def test_a_line_that_cannot_be_written_is_not_printed_in_another_way() -> None:
    """Python's own answer to a failing log handler is a traceback with the record's arguments."""
    done = subprocess.run(
        [sys.executable, "-c", BROKEN_PIPE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
