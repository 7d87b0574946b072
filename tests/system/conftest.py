"""The running demo, once for a module's tests."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.system.instance import Demo


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a failing test's processes and what they said last."""
    report = yield
    if report.failed:
        for value in item.funcargs.values():
            if isinstance(value, Demo):
                report.sections.append(("output of the processes", value.tail()))
    return report


@pytest.fixture
def stopped_demo() -> Iterator[Demo]:
    """A demo that the test itself starts and stops."""
    demo = Demo()
    try:
        yield demo
    finally:
        demo.clean_up()


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A running demo. After the module's last test it must stop cleanly and leave nothing."""
    demo = Demo()
    try:
        demo.start()
        yield demo
        demo.stop()
    finally:
        demo.clean_up()
