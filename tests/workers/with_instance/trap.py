"""What a forged job would like to have called: it only notes that it was."""

from __future__ import annotations

from typing import Any

SPRUNG: list[str] = []


def spring(*_args: Any, **_kwargs: Any) -> None:
    SPRUNG.append("a job of somebody else's was run")


class Trap:
    """Unpickled, or called as an instance's method, it springs."""

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return spring, ()
