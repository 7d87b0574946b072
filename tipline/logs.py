"""Log lines that hold no number, message, address or key.

Every line is one JSON object with an event code and fields whose values are numbers, booleans or
words that this program itself chose. What a library or a client said never reaches a line: an
exception is told by its type and by where it was raised, because its text may hold input.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from types import TracebackType

# What a line may say besides its own words: a field that is not here is dropped, so that nobody
# adds one without a look at what it could hold.
FIELDS = frozenset({"count", "kind", "process_name", "queue", "reason", "size", "status"})
# A logger's name is a module's path. Some libraries name one after what they talk to.
LOGGER = re.compile(r"[A-Za-z_]{1,40}(\.[A-Za-z_]{1,40}){0,5}")
# No digits and no capitals: a provider's id or a number with a prefix is no word of ours.
SAFE_WORD = re.compile(r"[a-z][a-z_]{0,63}")
FRAMES_SHOWN = 8


def describe_exception(error: BaseException) -> str:
    """Return the error's type and the places it passed, without its text or any local value."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_SHOWN:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{name} at {' > '.join(places) or 'nowhere'}"


class EventFormatter(logging.Formatter):
    """Format our own events as JSON; of other people's records keep only who spoke and how loud.

    Libraries put request lines, numbers and SQL values into their messages, so their texts are
    dropped, except the constant part (the unformatted message template).
    """

    converter = staticmethod(time.gmtime)

    def __init__(self, process: str) -> None:
        """Name the process in each line."""
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line."""
        fields = getattr(record, "tipline_fields", None)
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "process": self._process,
            "level": record.levelname.lower(),
        }
        if fields is not None:
            line["event"] = record.msg
            line.update(fields)
        else:
            line["event"] = "library"
            line["logger"] = record.name if LOGGER.fullmatch(record.name) else "withheld"
            line["where"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe_exception(record.exc_info[1])
        return json.dumps(line)


def configure(process: str, level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error, formatted safely.

    So goes what the interpreter would otherwise print with its text: uncaught exceptions, also in
    threads and in destructors, warnings, and errors in logging itself. Libraries below WARNING
    are silent; twilio's and urllib3's clients log numbers at INFO.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventFormatter(process))
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    sys.unraisablehook = _log_unraisable
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tipline").setLevel(level)


def event(name: str, level: int = logging.INFO, **fields: int | float | bool | str | None) -> None:
    """Log an event. A string field must be a word of ours; anything else is shown as "withheld"."""
    logger = logging.getLogger("tipline")
    if not logger.isEnabledFor(level):
        return
    safe = _allowed(fields)
    logger.log(level, name, extra={"tipline_fields": safe})


def failure(name: str, error: BaseException, **fields: int | float | bool | str | None) -> None:
    """Log an event about an error, by the error's type and place only."""
    safe: dict[str, object] = {**_allowed(fields)}
    safe["error"] = describe_exception(error)
    logging.getLogger("tipline").error(name, extra={"tipline_fields": safe})


def _log_uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    """Replace the interpreter's own traceback, whose last line is the exception's text."""
    failure("uncaught", error)


def _log_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        failure("uncaught", arguments.exc_value)


def _log_unraisable(arguments: sys.UnraisableHookArgs) -> None:
    if arguments.exc_value is not None:
        failure("uncaught", arguments.exc_value)


def _allowed(fields: Mapping[str, object]) -> dict[str, int | float | bool | str | None]:
    return {key: _safe(value) for key, value in fields.items() if key in FIELDS}


def _safe(value: object) -> int | float | bool | str | None:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return value if isinstance(value, str) and SAFE_WORD.fullmatch(value) else "withheld"
