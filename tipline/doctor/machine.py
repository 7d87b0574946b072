"""The machine: users, core dumps, swap. Linux tells through /proc; elsewhere little can be seen."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient, first_line

PROC = Path("/proc")
SYS = Path("/sys")
# What a process's command line holds, and which process that is.
COMMANDS = {
    "tipline.instance.serving gateway": "gateway",
    "tipline.instance.serving console": "console",
    "workers intake": "intake",
    "workers delivery": "delivery",
    "workers records": "records",
}


def check_users(patient: Patient, proc: Path = PROC) -> list[Finding]:
    """Look as whom this instance's processes run: each as its own user, none as root."""
    users: dict[str, int] = {}
    for name, uid in _running(proc, patient.settings.home):
        users[name] = uid
    missing = [name for name in patient.processes if name not in users]
    if len(missing) == len(patient.processes):
        looked = "No process of Tipline runs on this machine."
        return [warning("users", looked, "Start it, and let the doctor look again.")]
    findings = []
    if missing:
        looked = f"Not running on this machine: {', '.join(missing)}."
        findings.append(warning("users", looked, "Start it, unless it runs on another machine."))
    return [*findings, _who(users)]


def _who(users: dict[str, int]) -> Finding:
    if 0 in users.values():
        names = ", ".join(sorted(name for name, uid in users.items() if uid == 0))
        looked = f"Running as root: {names}."
        return failure("users", looked, "Run each process as a user of its own without rights.")
    if len(set(users.values())) < len(users):
        return warning(
            "users",
            "Several processes run as the same user.",
            "Whoever breaks into one can stop the others and read their files: in production give "
            "each a user of its own.",
        )
    return ok("users", "Each process runs as a user of its own, and none as root.")


def _running(proc: Path, home: Path) -> Iterator[tuple[str, int]]:
    """Give each process of this instance with its user.

    Only root may see which instance a process belongs to; others see those of all instances.
    """
    for folder in proc.glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            uids = [
                row.split()[1]
                for row in (folder / "status").read_text().splitlines()
                if row.startswith("Uid:")
            ]
        except OSError:
            continue  # it has ended
        for command, name in COMMANDS.items():
            if command in line and uids and not _is_of_another(folder, home):
                yield name, int(uids[0])


def _is_of_another(process: Path, home: Path) -> bool:
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    homes = [row for row in environment if row.startswith(b"TIPLINE_HOME=/")]
    return bool(homes) and homes[0] != f"TIPLINE_HOME={home}".encode()


def check_core_dumps(_patient: Patient, proc: Path = PROC) -> list[Finding]:
    """Look whether memory, in which keys are unlocked, can be written to a disk by a crash."""
    findings = []
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        looked = "This process may leave a core dump, although it asked for none."
        findings.append(failure("core_dumps", looked, "Look who raises RLIMIT_CORE."))
    pattern = first_line(proc / "sys" / "kernel" / "core_pattern")
    if pattern.startswith("|"):
        # A pipe is given the memory whatever RLIMIT_CORE says, unless the limit is exactly 1.
        looked = "The kernel hands core dumps to a program, which RLIMIT_CORE does not prevent."
        advice = (
            "Tipline's processes are marked as not dumpable all the same. To be sure set "
            "kernel.core_pattern to a plain file name, or Storage=none in coredump.conf."
        )
        findings.append(warning("core_dumps", looked, advice))
    return findings or [ok("core_dumps", "Crashing processes leave no memory on a disk.")]


def check_swap(_patient: Patient, proc: Path = PROC, sys: Path = SYS) -> list[Finding]:
    """Look whether memory can be written to a disk in clear while all is well."""
    rows = first_line(proc / "swaps").splitlines()[1:]
    names = [row.split()[0] for row in rows if row.split()]
    if not names:
        return [ok("swap", "Swap is off.")]
    open_ones = [name for name in names if not _is_private(Path(name), sys)]
    if open_ones:
        looked = f"Swap is on and not encrypted: {len(open_ones)} of {len(names)} areas."
        advice = "Turn it off (swapoff -a, and out of /etc/fstab), or encrypt it (crypttab)."
        return [warning("swap", looked, advice)]
    return [ok("swap", "Swap is on, encrypted or in memory.")]


def _is_private(path: Path, sys: Path) -> bool:
    """Tell whether a swap area is dm-crypt's, or zram, which is memory."""
    name = path.name if not path.is_symlink() else os.path.basename(os.path.realpath(path))
    if name.startswith("zram"):
        return True
    return first_line(sys / "class" / "block" / name / "dm" / "uuid").startswith("CRYPT-")
