"""The systemd units: hardened, each with its own user, key folder, credentials and settings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tipline.instance.processes import COMMANDS
from tipline.instance.provisioning import PROCESSES

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
DEADLINE_SECONDS = 60.0
# systemd-analyze's own word for it; 10 is a service without any hardening.
MOST_EXPOSED = 1.5
HARDENING = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectProc": "invisible",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "SystemCallArchitectures": "native",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
    "UMask": "0077",
}
# What libraries load, and what only runs when something is amiss: each must do without.
WITHOUT_WRITABLE_CODE = """
import ctypes, os, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    print("this kernel cannot refuse it"); sys.exit()
os.execv(sys.executable, [sys.executable, "-c", '''
import mmap
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except PermissionError:
    pass
else:
    raise SystemExit("it is not refused")
from tipline.hardening import harden
harden()
import psycopg, workers.intake, workers.delivery, workers.records
import tipline.gateway.app, tipline.console.app
from tipline.crypto.opening import OpeningKey
from tipline.crypto.encoding import Context
from tipline.crypto.derivation import stretch
key = OpeningKey.generate()
assert key.open(key.public.seal(b"x", Context("p")), Context("p")) == b"x"
stretch("a secret of some length", bytes(16))
print("works")
'''])
"""


def settings(path: Path) -> dict[str, list[str]]:
    """A unit's settings; one that is given several times has several values."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def unit(process: str) -> Path:
    (path,) = UNITS.glob(f"tipline-{process}*.service")
    return path


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_unit_is_hardened(path: Path) -> None:
    given = settings(path)
    assert {name: given.get(name) for name in HARDENING} == {
        name: [value] for name, value in HARDENING.items()
    }
    allowed, refused = given["SystemCallFilter"]
    assert allowed == "@system-service"
    assert refused.startswith("~@privileged")


@pytest.mark.parametrize("process", PROCESSES)
def test_a_unit_is_one_process_with_what_is_its_own(process: str) -> None:
    given = settings(unit(process))
    (command,) = given["ExecStart"]
    assert command.split()[1:] == list(COMMANDS[process])
    assert given["User"] == given["Group"] == [f"tipline-{process}"]
    bound = [*given.get("BindPaths", ()), *given.get("BindReadOnlyPaths", ())]
    assert bound == [f"/var/lib/tipline/keys/{process}"]
    assert given["TemporaryFileSystem"] == ["/var/lib/tipline:ro"]
    others = "|".join(name for name in PROCESSES if name != process)
    assert not re.search(rf"tipline-({others}|owner)|keys/({others})", unit(process).read_text())


@pytest.mark.parametrize("process", PROCESSES)
def test_no_secret_is_a_setting_and_every_credential_is_used(process: str) -> None:
    given = settings(unit(process))
    names = {name for name in given["LoadCredentialEncrypted"]}
    assert f"tipline-unlock-{process}" in names
    environment = " ".join(given["Environment"])
    for name in names - {f"tipline-unlock-{process}"}:
        assert re.search(rf"TIPLINE_[A-Z_]+_FILE=%d/{name}(?!\S)", environment)
    assert not re.search(r"TIPLINE_\w*(URL|TOKEN|SECRET)=", environment)


def test_the_metrics_hold_no_key() -> None:
    given = settings(unit("metrics"))
    (command,) = given["ExecStart"]
    assert command.split()[1:] == list(COMMANDS["metrics"])
    assert given["DynamicUser"] == ["yes"]
    assert given["InaccessiblePaths"] == ["/var/lib/tipline/keys"]
    stores = ["tipline-metrics-database-url", "tipline-metrics-perishable-url"]
    assert given["LoadCredentialEncrypted"] == stores
    for name in stores:
        assert any(value.endswith(f"_FILE=%d/{name}") for value in given["Environment"])


def test_only_the_delivery_worker_sends_and_only_the_gateway_believes() -> None:
    holders = {
        name: {process for process in PROCESSES if name in unit(process).read_text()}
        for name in ("tipline-twilio-auth-token", "tipline-twilio-api-key-secret")
    }
    assert holders == {
        "tipline-twilio-auth-token": {"gateway"},
        "tipline-twilio-api-key-secret": {"delivery"},
    }


def test_every_user_exists_and_each_key_folder_is_its_users() -> None:
    users = re.findall(r"^u (\S+)", (UNITS / "tipline.sysusers").read_text(), re.MULTILINE)
    assert sorted(users) == sorted(f"tipline-{process}" for process in PROCESSES)
    rules = (UNITS / "tipline.tmpfiles").read_text()
    for process in PROCESSES:
        rule = rf"^Z /var/lib/tipline/keys/{process} +~0700 tipline-{process} "
        assert re.search(rule, rules, re.MULTILINE)


def test_the_processes_run_where_no_memory_may_become_code() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_WRITABLE_CODE],
        capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False,
        cwd=UNITS.parents[1],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("works\n", "this kernel cannot refuse it\n")


def test_systemd_finds_no_fault_where_it_is_installed(tmp_path: Path) -> None:
    """Where it is not, the tests above have read the units."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    copies = []
    for path in (*SERVICES, *UNITS.glob("*.target")):
        copy = tmp_path / path.name
        # Of the programs that the units start, none is on this machine.
        copy.write_text(path.read_text().replace("/opt/tipline/.venv/bin/python", sys.executable))
        copies.append(str(copy))
    verified = _run(analyze, "verify", "--man=no", *copies)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    for copy in copies:
        if copy.endswith(".service"):
            judged = _run(analyze, "security", "--offline=true", "--no-pager", copy).stdout
            level = re.search(r"exposure level for \S+ ([0-9.]+)", judged)
            assert level, judged
            assert float(level[1]) <= MOST_EXPOSED, judged


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False
    )
