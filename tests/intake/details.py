"""What residents tell of themselves in several tests, and what is stored of it."""

from __future__ import annotations

from tests.support.house import ANNA, LINE, House
from tipline.identity.models import DetailTag, OpenEnd

NAME, PHONE, OTHER_PHONE = "Marigold Ostrander", "209-555-0142", "209-555-0177"
SUSPECT = "209-555-0199"
TIP = f"My name is {NAME}. My number is {PHONE}. The dealer answers at {SUSPECT}."
REDACTED = f"My name is [name 1]. My number is [phone 1]. The dealer answers at {SUSPECT}."
AGAIN = "My number is 2095550142."
OTHER = f"Or call me back at my number {OTHER_PHONE}."
SPANISH_TIP = f"Me llamo Lucía Ferrer y mi número es {PHONE}. Venden droga en el parque."
SPLIT = ("My number is 209-555-", "0142")


def say(house: House, *texts: str, sender: str = ANNA, line: str = LINE) -> None:
    """Each text is handled before the next one comes."""
    for text in texts:
        assert house.text(sender, text, line=line).status_code == 200
        house.drain_intake()


def memories(house: House) -> tuple[int, int]:
    return len(house.rows(DetailTag)), len(house.rows(OpenEnd))
