"""The audit log as files: what auditors take along, and what everybody can fetch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.support.canary import Canary, Finding, scan_tree
from tests.system.instance import Demo
from tests.system.planted.places import command_output
from tests.system.staff import Desk
from tipline.audit.bundles import bundles_between
from tipline.audit.exporting import ENTRIES
from tipline.audit.tiles import tiles_of

AUDITOR = "auditor@example.org"
TABLE, WITH_PROOFS, EXPORT, PUBLIC = "log.csv", "log.json", "export", "public"
FEWEST_ENTRIES = 10  # besides those that fill a checkpoint up


def scan_log(
    demo: Demo, credentials: Path, auditor: Desk, canaries: Sequence[Canary]
) -> list[Finding]:
    """All entries until now and all that is published of them, in every kind of file."""
    with TemporaryDirectory(dir=credentials, prefix="log-") as name:
        folder = Path(name)
        publish(demo, credentials)
        take_along(demo, credentials, auditor, folder)
        fetch(demo, folder)
        return scan_tree(folder, canaries)


def publish(demo: Demo, credentials: Path) -> None:
    """Put all that was done under a checkpoint."""
    status, said = command_output(demo, credentials, "audit", "checkpoint")
    assert status == 0, said


def take_along(demo: Demo, credentials: Path, auditor: Desk, folder: Path) -> None:
    """Export the log in the console, as a table and with proofs, and by command.

    Raises what a scan of nothing would hide: exports without anything in them.
    """
    table, proved = (auditor.get(f"/log/export.{kind}") for kind in ("csv", "json"))
    assert table.text.count(",done,") > FEWEST_ENTRIES
    entries = json.loads(proved.text)["entries"]
    assert sum("proof" in one and "entry" in one for one in entries) > FEWEST_ENTRIES
    (folder / TABLE).write_bytes(table.content)
    (folder / WITH_PROOFS).write_bytes(proved.content)
    status, said = command_output(demo, credentials, "audit", "export", str(folder / EXPORT))
    assert status == 0, said
    assert (folder / EXPORT / ENTRIES).read_bytes().count(b'"salt"') > FEWEST_ENTRIES


def fetch(demo: Demo, folder: Path) -> None:
    """Fetch checkpoint, tiles and bundles from the gateway, with the headers of all answers."""
    place, headers = folder / PUBLIC, []
    url = demo.info["gateway_url"]

    def keep(path: str) -> bytes:
        answer = requests.get(f"{url}/{path}", timeout=30)
        assert answer.status_code == 200, path
        headers.append(f"{path}: {answer.headers}\n")
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(answer.content)
        return answer.content

    size = int(keep("checkpoint").splitlines()[1])
    for part in (*tiles_of(size), *bundles_between(0, size)):
        assert keep(part.path())
    (place / "headers").write_text("".join(headers))
