"""Where the program's own modules are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ("tipline", "workers")


def modules(*folders: str) -> list[Path]:
    """All Python files below folders of the checkout."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def program() -> list[Path]:
    """Everything that runs in production."""
    return [*modules(*PROGRAM), ROOT / "config.py", ROOT / "wsgi.py"]


def dotted(file: Path) -> str:
    """The name under which a file of the program is imported."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def nodes(files: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            yield file, node
