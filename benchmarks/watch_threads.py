"""Watch a SQLite instance's messages from a process of its own: prints thread and time of each.

`python -m benchmarks.watch_threads HOME` goes on until its standard input is closed.
"""

from __future__ import annotations

import select
import sqlite3
import sys
import time

PAUSE_SECONDS = 0.005


def watch(home: str) -> None:
    """Print `<thread> <monotonic seconds>` for each new message of a resident."""
    connection = sqlite3.connect(f"{home}/main.sqlite3", isolation_level=None)
    last = connection.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
    print("watching", flush=True)
    seen: list[tuple[str, float]] = []
    while not select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
        query = "SELECT id, thread_id FROM messages WHERE id > ? ORDER BY id"
        rows = connection.execute(query, (last,)).fetchall()
        now = time.monotonic()
        seen += [(thread, now) for _, thread in rows]
        last = rows[-1][0] if rows else last
    for thread, at in seen:
        print(thread, at)


if __name__ == "__main__":
    watch(sys.argv[1])
