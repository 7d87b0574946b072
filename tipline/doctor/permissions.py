"""Who else on this machine may read, and who owns what."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from tipline.doctor.findings import Finding, failure, ok, warning
from tipline.doctor.patient import Patient

CHECK = "permissions"
FOR_OTHERS = 0o077
# The folders around the key folders: processes of several users have to walk through them.
FOR_OTHERS_BUT_WALKING = 0o066
WRITABLE_BY_OTHERS = 0o022
DATABASE_ENDINGS = ("", "-wal", "-shm", "-journal")


def check_permissions(patient: Patient) -> list[Finding]:
    """Look at modes and owners of the instance's folders, key files and database files."""
    home = patient.settings.home
    if not home.is_dir():
        return [failure(CHECK, "The instance's folder is not there.", "Set TIPLINE_HOME.")]
    return [_modes(patient, home), _owners(patient, home), _parents(home)]


def _modes(patient: Patient, home: Path) -> Finding:
    """Folders 0700, files 0600; 0711 for those in which each user's own folder lies."""
    paths = [*_own_paths(patient, home)]
    around = {home, patient.settings.keys, home / "run"}
    open_ones = [
        path
        for path in paths
        if _mode(path) & (FOR_OTHERS_BUT_WALKING if path in around else FOR_OTHERS)
    ]
    if open_ones:
        looked = f"Others may use {_shown(home, open_ones)}."
        advice = "Take that away: chmod 700 for folders, chmod 600 for files (chmod -R go= on it)."
        return failure(CHECK, looked, advice)
    return ok(CHECK, f"{len(paths)} folders and files of the instance are for their owner only.")


def _owners(patient: Patient, home: Path) -> Finding:
    """All files of a process's key folder belong to the folder's owner."""
    strange = [
        file
        for process in patient.processes
        if (folder := patient.settings.keys / process).is_dir()
        for file in folder.iterdir()
        if file.lstat().st_uid != folder.stat().st_uid
    ]
    if strange:
        looked = f"{_shown(home, strange)} belongs to somebody else than the folder it is in."
        advice = "Give it to the user that the process runs as (chown), or the process cannot read."
        return failure(CHECK, looked, advice)
    return ok(CHECK, "Key files belong to the owner of their folder.")


def _parents(home: Path) -> Finding:
    """Whoever may write to a folder above could put another instance in this one's place."""
    loose = [
        path
        for path in home.resolve().parents
        if _mode(path) & WRITABLE_BY_OTHERS and not path.stat().st_mode & stat.S_ISVTX
    ]
    if loose:
        looked = "Others may write to a folder above the instance's folder, and so replace it."
        advice = "Take write access away from group and others there, or move the instance."
        return failure(CHECK, looked, advice)
    if any(path.stat().st_mode & stat.S_ISVTX for path in home.resolve().parents):
        looked = "The instance lies below a folder for temporary files."
        return warning(CHECK, looked, "Move it: such folders are emptied by the system.")
    return ok(CHECK, "Nobody else may write to the folders above the instance's folder.")


def _own_paths(patient: Patient, home: Path) -> Iterator[Path]:
    yield home
    for folder in (patient.settings.keys, home / "run"):
        if folder.is_dir():
            yield folder
            yield from (path for path in folder.rglob("*") if not path.is_symlink())
    for file in patient.database_files().values():
        for ending in DATABASE_ENDINGS:
            path = file.with_name(file.name + ending)
            if path.exists():
                yield path


def _mode(path: Path) -> int:
    """Return the permission bits; none of what has just gone (a write-ahead log, say)."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def _shown(home: Path, paths: list[Path]) -> str:
    """Name the first of them by its place in the instance, and count the rest."""
    first = paths[0]
    name = str(first.relative_to(home)) if first.is_relative_to(home) else first.name
    rest = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return ("the instance's folder" if name == "." else name) + rest
