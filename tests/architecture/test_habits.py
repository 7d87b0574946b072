"""Habits that the logs and the tracebacks rely on, read from the source of every module."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT, dotted, modules, nodes, program

# What a field of an event may be: written there, one of our enums' words, a class's code, a count.
WORDS_OF_OURS = re.compile(
    r"\.(value|code)$|^len\(.*\)$|^(status|count)$|^kept\.spec\.(name|key_owner)$"
)
SECRET_TYPES = re.compile(r"\b(bytes|Row|Any|OpeningKey|SigningKey|MessageContent)\b")


def log_calls() -> list[tuple[Path, ast.Call]]:
    return [
        (file, node)
        for file, node in nodes(modules("tipline", "workers"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "logs"
        and node.func.attr in ("event", "failure")
    ]


def is_written_here(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return is_written_here(node.body) and is_written_here(node.orelse)
    return isinstance(node, ast.Constant)


def test_events_have_fixed_names_and_fields_that_are_words_or_counts() -> None:
    """A string that was typed by somebody can look like a word of ours; so none may be passed."""
    calls = log_calls()
    assert len(calls) > 20
    for file, call in calls:
        where = f"{file.name}:{call.lineno}"
        assert is_written_here(call.args[0]), where
        for keyword in call.keywords:
            said = ast.unparse(keyword.value)
            assert is_written_here(keyword.value) or WORDS_OF_OURS.search(said), f"{where} {said}"


def test_nobody_logs_around_the_formatter_or_prints() -> None:
    outside = [*modules("workers"), *modules("tipline")]
    quiet = [file for file in outside if "simulator" not in file.parts and file.name != "logs.py"]
    for file, node in nodes(quiet):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            where = f"{file.relative_to(ROOT)}:{node.lineno} {called}"
            assert called not in ("print", "traceback.print_exc", "warnings.warn"), where
            assert not re.fullmatch(
                r"(logging|logger|log)\.(debug|info|warning|error|exception|critical|log)", called
            ), where


def dataclasses_of_the_program() -> list[Any]:
    found = []
    for file in program():
        name = dotted(file)
        if "migrations" in name or "simulator" in name or name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == name and dataclasses.is_dataclass(kind):
                found.append(kind)
    return found


def test_no_dataclass_prints_bytes_or_keys() -> None:
    """The `repr` that a dataclass gets by itself shows every field, to pytest as to a traceback."""
    found = dataclasses_of_the_program()
    assert len(found) > 40
    showing = [
        f"{kind.__module__}.{kind.__qualname__}.{field.name}"
        for kind in found
        if kind.__dataclass_params__.repr
        for field in dataclasses.fields(kind)
        if field.repr and SECRET_TYPES.search(str(field.type))
    ]
    assert showing == []


@pytest.mark.parametrize("file", ["tipline/errors.py", "config.py"])
def test_errors_of_ours_are_raised_with_sentences_and_no_input(file: str) -> None:
    """Every `raise SomethingError(...)` has a constant or a sentence that names only a setting."""
    root = {"tipline/errors.py": "Error", "config.py": "SettingsError"}[file]
    files = modules("tipline", "workers") if file.startswith("tipline") else [ROOT / file]
    allowed = {"name", "how", "process", "MINIMUM_SECRET_CHARACTERS", "CREDENTIAL", "PROCESS"}
    for source, node in nodes([item for item in files if "simulator" not in item.parts]):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        if not ast.unparse(node.exc.func).endswith(root):
            continue
        for argument in node.exc.args:
            for part in ast.walk(argument):
                if isinstance(part, ast.FormattedValue):
                    shown = ast.unparse(part.value)
                    where = f"{source.relative_to(ROOT)}:{node.lineno} shows {shown}"
                    assert shown in allowed or shown.isupper(), where
