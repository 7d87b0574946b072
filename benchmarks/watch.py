"""Watch the messages of an instance from a process of its own: prints when each became visible."""

from __future__ import annotations

import sqlite3
import sys
import time

if __name__ == "__main__":
    home, before, total = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    connection = sqlite3.connect(f"{home}/main.sqlite3", isolation_level=None)
    first = connection.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0]
    seen: list[float] = []
    while len(seen) < total:
        newest = connection.execute("SELECT max(id) FROM messages").fetchone()[0] or 0
        now = time.monotonic()
        seen.extend([now] * (newest - first - len(seen)))
        time.sleep(0.005)
    print("\n".join(map(str, seen)))
