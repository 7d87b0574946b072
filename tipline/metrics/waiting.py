"""What waits, and for how long at least, although rows hold no time.

Row ids only grow. So whoever looks once a minute knows of each row before which look it was
written: a row whose id is not above the highest seen at some look has waited since then. What came
after the last look is not shown at all, or a look at the right moment would tell that somebody is
writing just now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime


class Queue:
    """One table's waiting rows, as seen by looks at them."""

    def __init__(self) -> None:
        self._looks: deque[tuple[datetime, int]] = deque()
        self.count = 0
        self.oldest_seconds = 0.0

    def look(self, ids: Sequence[int], now: datetime) -> None:
        """Take the ids of all rows that wait now."""
        seen_before = self._looks[-1][1] if self._looks else -1
        waiting = [number for number in ids if number <= seen_before]
        self.count = len(waiting)
        if waiting:
            oldest = min(waiting)
            while self._looks[0][1] < oldest:
                self._looks.popleft()
            self.oldest_seconds = max((now - self._looks[0][0]).total_seconds(), 0.0)
        else:
            self._looks.clear()
            self.oldest_seconds = 0.0
        highest = max([*ids, seen_before])
        if not self._looks or highest > self._looks[-1][1]:
            self._looks.append((now, highest))
