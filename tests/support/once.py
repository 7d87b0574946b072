"""What comes out the same for every test of a process is worked out once, and not by each anew.

Each test makes apps and engines of its own and signs its members in, so the same templates, URL
rules, SQL statements and passwords would be gone through thousands of times. Nothing here is
weaker or other than what the program does: the first time is the real thing, and is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from flask import Flask
from flask.templating import Environment
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from tipline.crypto import derivation
from tipline.db import engines

STATEMENTS = 5000


def work_out_once() -> None:
    """Have whatever is made from now on remember."""
    Flask.jinja_environment = CachedEnvironment
    Rule._compile_builder = _compiled_builder
    engines.create_engine = _engine_with_known_statements
    derivation.Argon2id = RememberingArgon2id


class CompiledOnce(BytecodeCache):
    """Keeps what templates were compiled to. Jinja itself compares their sources' checksums."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (compiled := self._compiled.get(bucket.key)) is not None:
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledOnce()


class CachedEnvironment(Environment):
    """An app's templates, with the one cache."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **{"bytecode_cache": TEMPLATES, **options})


_compile_builder = Rule._compile_builder
_builders: dict[object, Callable[..., tuple[str, str]]] = {}


def _compiled_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Return the function that builds a rule's URLs. It names converters, and holds none."""
    defaults = tuple(sorted((rule.defaults or {}).items()))
    key = (rule.rule, tuple(rule._trace), defaults, append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


class KnownStatements:
    """Compiled statements by their text's key, whichever engine of a kind compiled them first."""

    def __init__(self) -> None:
        self._known: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def get(self, key: Any) -> Any:
        return self._known.get(self._of_a_kind(key))

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self._known[self._of_a_kind(key)] = compiled

    def _of_a_kind(self, key: Any) -> Any:
        dialect, *statement = key
        return (dialect.name, dialect.driver, *statement)


STATEMENTS_KNOWN = KnownStatements()


def _engine_with_known_statements(*args: Any, **options: Any) -> Engine:
    engine = create_engine(*args, **options)
    engine._compiled_cache = STATEMENTS_KNOWN
    return engine


@cache
def _derived(password: bytes, options: tuple[tuple[str, Any], ...]) -> bytes:
    return Argon2id(**dict(options)).derive(password)


class RememberingArgon2id:
    """Argon2id with what it costs, the first time that a password is stretched with a salt."""

    def __init__(self, **options: Any) -> None:
        self._options = tuple(sorted(options.items()))

    def derive(self, password: bytes) -> bytes:
        return _derived(password, self._options)
