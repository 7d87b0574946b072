"""Users, core dumps, swap, time: as the kernel tells it, read from a folder that looks like its."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.doctor.conftest import Clinic
from tests.doctor.reading import is_well, levels, said, worst
from tests.support.house import House
from tipline.clock import system_clock
from tipline.doctor.findings import Level
from tipline.doctor.machine import check_core_dumps, check_swap, check_users
from tipline.doctor.timekeeping import TIME_ERROR, check_clock, kernel_state

LINES = {
    "gateway": "python -m tipline.instance.serving gateway",
    "console": "python -m tipline.instance.serving console",
    "intake": "python -m workers intake",
    "delivery": "python -m workers delivery",
    "records": "python -m workers records",
}


def running(folder: Path, users: dict[str, int]) -> Path:
    for number, (name, uid) in enumerate(users.items(), 100):
        process = folder / str(number)
        process.mkdir(parents=True)
        (process / "cmdline").write_bytes(LINES[name].replace(" ", "\0").encode() + b"\0")
        (process / "status").write_text(f"Name:\tpython\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
    return folder


def test_users(clinic: Clinic, tmp_path: Path) -> None:
    patient = clinic.patient()
    users = dict(zip(LINES, (901, 902, 903, 904, 905), strict=True))
    assert is_well(check_users(patient, running(tmp_path / "own", users)))
    same = running(tmp_path / "same", users | {"intake": 901})
    assert "the same user" in said(check_users(patient, same), Level.WARNING)
    root = running(tmp_path / "root", users | {"delivery": 0})
    assert said(check_users(patient, root), Level.FAILURE) == "Running as root: delivery."
    some = running(tmp_path / "some", {"gateway": 901, "console": 902})
    assert "intake, delivery, records" in said(check_users(patient, some), Level.WARNING)
    other = running(tmp_path / "other", users | {"delivery": 0})
    (other / "103" / "environ").write_bytes(b"A=b\0TIPLINE_HOME=/somewhere/else\0")
    assert "Not running on this machine: delivery" in said(
        check_users(patient, other), Level.WARNING
    )
    assert "No process" in said(check_users(patient, tmp_path / "nobody"), Level.WARNING)


def test_core_dumps(clinic: Clinic, tmp_path: Path) -> None:
    pattern = tmp_path / "sys" / "kernel" / "core_pattern"
    pattern.parent.mkdir(parents=True)
    pattern.write_text("|/usr/lib/systemd/systemd-coredump %P\n")
    found = check_core_dumps(clinic.patient(), tmp_path)
    assert "to a program" in found[-1].looked_at
    pattern.write_text("core\n")
    assert len(check_core_dumps(clinic.patient(), tmp_path)) == 1


def test_swap(clinic: Clinic, tmp_path: Path) -> None:
    patient, swaps = clinic.patient(), tmp_path / "swaps"
    head = "Filename\tType\tSize\tUsed\tPriority\n"
    swaps.write_text(head)
    assert is_well(check_swap(patient, tmp_path, tmp_path))
    swaps.write_text(f"{head}/dev/dm-3 partition 1 0 -2\n/dev/zram0 partition 1 0 100\n")
    assert "1 of 2" in said(check_swap(patient, tmp_path, tmp_path), Level.WARNING)
    uuid = tmp_path / "class" / "block" / "dm-3" / "dm" / "uuid"
    uuid.parent.mkdir(parents=True)
    uuid.write_text("CRYPT-PLAIN-swap\n")
    assert is_well(check_swap(patient, tmp_path, tmp_path))


def test_the_clock_against_the_public_url(served: Clinic) -> None:
    patient = served.patient()
    assert is_well(check_clock(patient, lambda: 0))
    late = replace(patient, clock=lambda: system_clock() - timedelta(minutes=2))
    assert "differ by 1" in said(check_clock(late, lambda: 0), Level.FAILURE)
    early = replace(patient, clock=lambda: system_clock() + timedelta(seconds=10))
    assert "differ" in said(check_clock(early, lambda: 0), Level.WARNING)


@pytest.mark.parametrize(
    ("state", "level"), [(0, Level.OK), (TIME_ERROR, Level.WARNING), (None, Level.OK)]
)
def test_a_clock_that_nobody_keeps(clinic: Clinic, state: int | None, level: Level) -> None:
    patient = clinic.patient(TIPLINE_PUBLIC_URL="")
    assert worst(check_clock(patient, lambda: state)).level is level
    assert kernel_state() in (None, 0, 1, 2, 3, 4, TIME_ERROR)


def test_the_clock_against_the_database(house: House, backend: str) -> None:
    patient = Clinic(house, 1, "").patient(TIPLINE_PUBLIC_URL="")
    assert levels(check_clock(patient, lambda: 0)) == ["ok"] * (1 if backend == "sqlite" else 3)
    late = replace(patient, clock=lambda: system_clock() - timedelta(minutes=2))
    found = check_clock(late, lambda: 0)
    assert ("failure" in levels(found)) == (backend == "postgresql")
