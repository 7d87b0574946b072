"""What an admin says of a line, and that an edit certifies nothing that was not certified."""

from __future__ import annotations

import string
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.lines.acts import Acts
from tests.support.house import ANNA, LINE, OTHER_LINE
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.lines.descriptions import (
    ADDRESS_TAKEN,
    SLUG_TAKEN,
    InvalidLineError,
    LineDescription,
    LineExistsError,
)
from tipline.lines.models import Line, LineKey
from tipline.lines.registry import UnknownLineError, all_lines, edit_line, make_line

GOOD = LineDescription("gangs", "Gang tips", "+12095550177", "Thank you.", "America/Los_Angeles")
WRONG = {
    "slug": ["", "Gangs", "-gangs", "gangs-", "gang tips", "gang/tips", "a" * 41, "gängs", "a\n"],
    "name": ["", "   ", "a" * 81, "two\nrows", "nul\0", "\ud800"],
    "address": ["", "2095550100x", "+0123456789", "12", "call me", "+1", "sms:", "+1" * 40, "\0"],
    "acknowledgement": ["", " \n", "a" * 1601, "nul\0", "bell\x07", "\udfff"],
    "time_zone": ["", "California", "america/los_angeles", "../../etc/passwd", "/etc", "localtime"],
}
CASES = [(field, value) for field, values in WRONG.items() for value in values if value != "a\n"]


def edit(acts: Acts, **changes: Any) -> None:
    (record,) = (
        line for line in all_lines(acts.house.stores.main) if line.description.address == LINE
    )
    wanted = replace(record.description, **changes)
    edit_line(acts.house.stores.main, acts.console, record.id, wanted)
    acts.house.clock.move(seconds=11)


@pytest.mark.parametrize(("field", "value"), CASES, ids=[f"{f}-{v!r:.20}" for f, v in CASES])
def test_a_wrong_field_is_named_and_the_others_are_not(field: str, value: str) -> None:
    with pytest.raises(InvalidLineError) as caught:
        replace(GOOD, **{field: value}).checked()
    assert set(caught.value.problems) == {field}


@given(
    st.fixed_dictionaries({field: st.text(max_size=90) for field in asdict(GOOD)}),
    st.text(string.digits + "+ -()", max_size=20),
)
def test_hostile_descriptions_are_refused_or_stay_as_they_are(
    fields: dict[str, str], number: str
) -> None:
    """Whatever is taken is taken again unchanged, and can be stored and signed."""
    for address in (fields["address"], number):
        try:
            taken = LineDescription(**{**fields, "address": address}).checked()
        except InvalidLineError:
            continue
        assert taken.checked() == taken
        assert "\0" not in "".join(asdict(taken).values())
        "".join(asdict(taken).values()).encode()


def test_a_line_is_stored_in_one_spelling(acts: Acts) -> None:
    written = replace(GOOD, address=" +1 (209) 555-0177 ", acknowledgement="One\r\nTwo ")
    line_id = make_line(acts.house.stores.main, written)
    (record,) = (line for line in all_lines(acts.house.stores.main) if line.id == line_id)
    assert record.description == replace(GOOD, acknowledgement="One\nTwo")
    assert not record.has_keys


def test_short_name_and_number_stay_unique(acts: Acts) -> None:
    main = acts.house.stores.main
    for taken, problems in (
        (replace(GOOD, slug="police"), {"slug": SLUG_TAKEN}),
        (replace(GOOD, address="+1 209 555 0100"), {"address": ADDRESS_TAKEN}),
    ):
        with pytest.raises(LineExistsError) as caught:
            make_line(main, taken)
        assert caught.value.problems == problems
    with pytest.raises(LineExistsError):
        edit(acts, address=OTHER_LINE)
    assert acts.line(LINE).name == "Police tips"
    with pytest.raises(UnknownLineError):
        edit_line(main, acts.console, "0" * 32, GOOD)


def test_an_edited_line_goes_on_taking_tips_under_its_new_number(acts: Acts) -> None:
    house = acts.house
    house.text(ANNA, "before")
    house.drain()
    acts.remove(acts.of_cast("investigator"))
    edit(acts, address="+12095550155", name="Other tips", acknowledgement="Gracias.", slug="other")
    line = acts.line("+12095550155")
    assert (line.name, line.acknowledgement) == ("Other tips", "Gracias.")
    assert [certificate.generation for certificate in line.certificates] == [1, 2]
    assert house.text(ANNA, "to the old one").status_code == 404
    assert house.text("+12095550149", "after", line="+12095550155").status_code == 200
    house.drain()
    assert "Gracias." in {text.body for text in house.provider.sent}


SWAPPED = {
    "sealing key": (LineKey, {"sealing_public": OpeningKey.generate().public.raw}),
    "verifying key": (LineKey, {"verifying_public": SigningKey.generate().public.raw}),
    "recovery key": (LineKey, {"recovery_public": OpeningKey.generate().public.raw}),
    "number": (Line, {"address": "+12095550666"}),
    "first answer": (Line, {"acknowledgement": "Call somebody else."}),
}


@pytest.mark.parametrize("what", SWAPPED)
def test_an_edit_does_not_certify_what_was_swapped_before(what: str, acts: Acts) -> None:
    model, values = SWAPPED[what]
    line_id = acts.house.bundles[LINE].line_id
    column = Line.id if model is Line else LineKey.line_id
    with acts.house.stores.main.begin() as connection:
        connection.execute(update(model).where(column == line_id).values(**values))
    before = acts.house.rows(Line), acts.house.rows(LineKey)
    with pytest.raises(NotAuthenticError):
        edit_line(acts.house.stores.main, acts.console, line_id, replace(GOOD, slug="x"))
    assert (acts.house.rows(Line), acts.house.rows(LineKey)) == before
