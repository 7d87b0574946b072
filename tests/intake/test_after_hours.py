"""Outside a line's office hours the first answer is another text, certified like the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from tests.support.house import ANNA, BEN, CLEO, LINE, House
from tests.support.recording_provider import RecordingProvider
from tipline.crypto.signing import SigningKey
from tipline.lines.acknowledgements import DEFAULT_ACKNOWLEDGEMENT
from tipline.lines.certificates import PURPOSE
from tipline.lines.descriptions import InvalidLineError
from tipline.lines.directory import LineDirectory, NoSuchLineError
from tipline.lines.founding import LineDescription, found_line
from tipline.lines.models import Line, LineKey

HOURS = "Mon-Fri 08:00-17:00"
CLOSED = "The office is closed until Monday. In an emergency call 911."
FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


def certify(house: House, signer: SigningKey, hours: str = HOURS, text: str = CLOSED) -> None:
    """Give the line office hours, signed as an admin's edit of it would be."""
    pin = house.console_keys.signing.public
    line = LineDirectory(house.stores.main, pin, house.clock).by_address(LINE)
    certificate = line.certificate
    values = {"office_hours": hours, "after_hours": text}
    signed = signer.sign(PURPOSE, *replace(certificate, **values).fields())
    with house.stores.main.begin() as connection:
        connection.execute(update(Line).where(Line.id == line.id).values(**values))
        connection.execute(
            update(LineKey).where(LineKey.line_id == line.id).values(certificate=signed)
        )


def answered(house: House, number: str, at: datetime) -> str:
    """What somebody who texts for the first time at a moment is answered."""
    assert isinstance(house.provider, RecordingProvider)
    house.clock.now = at
    house.keep_keys()
    assert house.text(number, "A tip").status_code == 200
    house.drain()
    (body,) = house.provider.bodies_to(number)
    return body


def test_the_answer_depends_on_when_the_resident_wrote(house: House) -> None:
    certify(house, house.console_keys.signing)
    assert answered(house, ANNA, FRIDAY) == DEFAULT_ACKNOWLEDGEMENT
    assert answered(house, BEN, FRIDAY.replace(hour=17)) == CLOSED
    assert answered(house, CLEO, SATURDAY) == CLOSED


def test_a_message_that_waited_is_answered_by_when_it_was_written(house: House) -> None:
    certify(house, house.console_keys.signing)
    assert isinstance(house.provider, RecordingProvider)
    house.clock.now = FRIDAY.replace(hour=16, minute=59)
    house.keep_keys()
    house.text(ANNA, "A tip")
    house.clock.move(minutes=30)
    house.drain()
    assert house.provider.bodies_to(ANNA) == [DEFAULT_ACKNOWLEDGEMENT]


@pytest.mark.parametrize(
    ("hours", "text"),
    [("", CLOSED), (HOURS, ""), ("no hours at all", CLOSED)],
    ids=["no hours", "no text", "not to be understood"],
)
def test_without_hours_or_text_the_answer_is_the_usual_one(
    house: House, hours: str, text: str
) -> None:
    certify(house, house.console_keys.signing, hours, text)
    assert answered(house, ANNA, SATURDAY) == DEFAULT_ACKNOWLEDGEMENT


def test_a_text_that_the_console_did_not_certify_is_sent_to_nobody(house: House) -> None:
    """Whoever writes to the database could send residents elsewhere with it."""
    with house.stores.main.begin() as connection:
        values = {"office_hours": HOURS, "after_hours": "Call +1 900 1234567 now."}
        connection.execute(update(Line).values(**values))
    lines = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    with pytest.raises(NoSuchLineError):
        lines.by_address(LINE)
    with house.stores.main.begin() as connection:
        connection.execute(update(Line).values(office_hours="", after_hours=""))
    certify(house, SigningKey.generate())
    house.clock.move(minutes=1)
    with pytest.raises(NoSuchLineError):
        lines.by_address(LINE)


def test_taking_certified_hours_away_does_not_go_unseen(house: House) -> None:
    certify(house, house.console_keys.signing)
    with house.stores.main.begin() as connection:
        connection.execute(update(Line).values(office_hours="", after_hours=""))
    lines = LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock)
    with pytest.raises(NoSuchLineError):
        lines.by_address(LINE)


def test_a_line_is_founded_with_hours_or_told_what_is_wrong(house: House) -> None:
    engine, signer = house.stores.main, house.console_keys.signing
    found_line(
        engine,
        signer,
        LineDescription(
            "new", "New", "+12095550777", "Thanks.", office_hours=HOURS, after_hours=CLOSED
        ),
    )
    line = LineDirectory(engine, signer.public, house.clock).by_address("+12095550777")
    assert (line.certificate.office_hours, line.certificate.after_hours) == (HOURS, CLOSED)
    bad = LineDescription(
        "bad", "Bad", "+12095550778", "Thanks.", office_hours="Mo 8-5", after_hours=CLOSED
    )
    with pytest.raises(InvalidLineError) as caught:
        found_line(engine, signer, bad)
    assert set(caught.value.problems) == {"office_hours"}
