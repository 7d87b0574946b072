"""Templates of pages, compiled once for all tests of a process and not anew for each test's app."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledOnce(BytecodeCache):
    """Keeps what templates were compiled to. Jinja itself compares their sources' checksums."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (compiled := self._compiled.get(bucket.key)) is not None:
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


CACHE = CompiledOnce()


class CachedEnvironment(Environment):
    """An app's templates, with the one cache."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **{"bytecode_cache": CACHE, **options})


def compile_once() -> None:
    """Have all apps that are made from now on share the cache."""
    Flask.jinja_environment = CachedEnvironment
