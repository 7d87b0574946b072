"""How long the console keeps a member's keys in memory to re-seal threads with them."""

from __future__ import annotations

from tests.lines.acts import Acts
from tests.support.house import ANNA, BEN
from tipline.console.lines.background import LONGEST_SECONDS, BackgroundResealing
from tipline.threads.models import Thread


def test_a_keyring_is_let_go_when_its_time_is_over(acts: Acts) -> None:
    """Whoever brought it may have been removed meanwhile; the next request goes on."""
    house = acts.house
    house.text(ANNA, "before the first removal")
    house.drain_intake()
    acts.remove(acts.of_cast("investigator"))
    house.clock.move(seconds=11)
    house.text(BEN, "before the second")
    house.drain_intake()
    acts.remove(acts.new_member("never-admitted"))
    keyring = acts.keyring(acts.of_cast("supervisor"))
    assert keyring is not None
    times = iter([0.0, LONGEST_SECONDS, 0.0, 0.0, 0.0])
    background = BackgroundResealing(house.stores, house.clock, lambda: next(times))
    for left in ([2, 3], [3, 3]):
        background.ensure(keyring)
        background.wait(60)
        assert sorted(row.line_generation for row in house.rows(Thread)) == left
        house.clock.move(seconds=16)
