"""What the finder takes and what it spares, sentence by sentence, and over a thread."""

from __future__ import annotations

import pytest

from tests.redaction.training.wordings import MARK
from tipline.redaction import Identifier, Thread, find_identifiers, open_end, replaced

# What must never go wrong again, whatever the model is trained on.
ENGLISH = """\
call me at [[209-555-0142]]
my cell is [[(209) 555-0142]], his is {{209-555-0188}}
he called me from {{209-555-0188}}
to buy you text {{209-555-0188}}
[[209-555-0142]]
my number is [[two oh nine five five five zero one four two]]
email me at [[rosa.mendez@example.com]]
my email is [[rosa at example dot com]]
his email is {{kirk@example.com}}
my name is [[Holly Tran]] and I saw it
this is [[carlos rivera]] and {{henry}} is stealing
It was {{Bo Tanner}} with the hatchet.\\nThank you,\\n[[Sylvia Marsh]]
his name is {{Ruben Tovar}}
he said "my name is {{Tyrone}}"
my neighbor {{Walt Brenner}} is growing
I live at [[1803 Wylie Dr]] and he lives at {{1809 Wylie Dr}}
The house at {{402 Bowen Ave}} sells meth
my ssn is [[987-65-4321]]
his ssn is {{987-65-4321}}
my plate is [[8ABC123]], his is {{7XYZ987}}
a white van {{8ABC123}} followed me
I was born [[June 2, 1959]]
add my snap [[jayy_dropz]]
his snap is {{bigbagbenny}}
my IP is [[203.0.113.7]]
my license is [[D1234567]]
case number {{23-0045512}}
message {{6}}
text {{3}} of {{12}}"""
SPANISH = """\
me llamo [[Ana Ruiz]] y el que vende es {{Chuy}}
mi cel es [[209 555 0142]]
su número es {{209-555-0188}}
vivo en [[calle Roble 12]]
él vive en {{calle Roble 14}}
mi correo es [[rosa punto m arroba example punto com]]
las placas de mi carro son [[8ABC123]], las de él {{7XYZ987}}
se llama {{Gerardo Montes}}
Atentamente,\\n[[Lucía Campos]]
soy [[Maricela]], la de la tienda"""


def marked(sentence: str) -> tuple[str, list[range], list[range]]:
    """The bare text, and where the sender's own and the evidence are in it."""
    sentence = sentence.replace("\\n", "\n")
    text, last = "", 0
    own: list[range] = []
    other: list[range] = []
    for mark in MARK.finditer(sentence):
        text += sentence[last : mark.start()]
        value = mark["own"] if mark["own"] is not None else mark["other"]
        (own if mark["own"] is not None else other).append(range(len(text), len(text) + len(value)))
        text += value
        last = mark.end()
    return text + sentence[last:], own, other


def taken(text: str, found: list[Identifier]) -> set[int]:
    return {i for one in found for i in range(one.start, one.end) if text[i].isalnum()}


@pytest.mark.parametrize("sentence", [*ENGLISH.splitlines(), *SPANISH.splitlines()])
def test_takes_the_senders_own_and_spares_the_rest(sentence: str) -> None:
    text, own, other = marked(sentence)
    covered = taken(text, find_identifiers(text))
    for part in own:
        assert {i for i in part if text[i].isalnum()} <= covered, text[part.start : part.stop]
    for part in other:
        assert not covered & set(part), text[part.start : part.stop]


def values(text: str, thread: Thread) -> list[tuple[str, str]]:
    return [(one.type, one.value) for one in find_identifiers(text, thread)]


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("my telefono es 209-555", "-0142 el bato", ("PHONE", "2095550142")),
        ("my number is 209-555-", "0142 ok", ("PHONE", "2095550142")),
        ("My name is", "Terrance Holloway. Big Worm did it", ("NAME", "terranceholloway")),
        ("my social is 987-65", "-4321 for the reward", ("SSN", "987654321")),
        ("email me at frightened.mouse@", "example.com ok", ("EMAIL", "frightenedmouseexamplecom")),
        ("my plate is", "6RTA118", ("PLATE", "6rta118")),
    ],
)
def test_a_message_goes_on_where_the_one_before_ended(
    before: str, text: str, expected: tuple[str, str]
) -> None:
    assert expected in values(text, Thread(fragment=open_end(before)))


def test_short_messages_are_not_parts_of_a_number() -> None:
    assert open_end("one") == open_end("turn 1") == open_end("it was him") == ""
    assert values("two", Thread(fragment=open_end("one"))) == []


def test_a_closed_message_leaves_nothing_open() -> None:
    assert open_end("He drives a Yukon. Call me.") == ""
    assert open_end("He drives a Yukon. my number is 209-") == "my number is 209-"


def test_the_senders_own_number_goes_even_if_it_is_said_to_be_anothers() -> None:
    text = "he spoofed it, he called me from (209) 555-0142"
    assert values(text, Thread()) == []
    assert values(text, Thread(own_number="+12095550142")) == [("PHONE", "2095550142")]


def test_what_was_found_in_the_thread_goes_wherever_it_stands() -> None:
    def seen(kind: str, value: str) -> bool:
        return (kind, value) in {("NAME", "hollytran"), ("PLATE", "8abc123")}

    text = "Rex said Holly Tran saw nothing"
    (one,) = find_identifiers(text, Thread(seen=seen))
    assert text[one.start : one.end] == "Holly Tran"


def test_one_number_has_one_value_however_it_is_written() -> None:
    written = ["209-555-0142", "+1 (209) 555 0142", "two oh nine five five five 0142"]
    found = [find_identifiers(f"my number is {number}")[0].value for number in written]
    assert set(found) == {"2095550142"}


def test_neither_repr_nor_thread_show_what_is_private() -> None:
    (one,) = find_identifiers("my number is 209-555-0142")
    assert "0142" not in repr(one)
    assert "0142" not in repr(Thread(own_number="2095550142", fragment="my number is 0142"))


def test_placeholders_stand_where_the_details_were() -> None:
    text = "Ana Ruiz here, call me at 209-555-0142 or 209-555-0143"
    found = find_identifiers(text)
    numbers = iter(range(1, 9))
    shown = replaced(text, found, lambda one: f"[{one.type.lower()} {next(numbers)}]")
    assert shown == "[name 1] here, call me at [phone 2] or [phone 3]"
    assert find_identifiers(shown) == []


@pytest.mark.parametrize(
    "text", ["有人在橋上", "夜に明かり — ضوء", "Ночью у моста был Иван", "ਪੁਲ ਉੱਤੇ ਕੋਈ ਹੈ"]
)
def test_a_text_in_another_script_is_kept_but_for_its_forms(text: str) -> None:
    assert find_identifiers(text) == []
    (found,) = find_identifiers(f"{text} - my number 209-555-0142")
    assert found.type == "PHONE"


def test_a_name_in_another_script_is_found_among_words_that_are_read() -> None:
    assert [one.type for one in find_identifiers("hello, my name is 王伟 and I saw it")] == ["NAME"]


@pytest.mark.parametrize("text", ["call 911", "you should call 911", "911", "Llamé al 911", "988"])
def test_the_numbers_of_emergencies_are_nobodys(text: str) -> None:
    assert find_identifiers(text) == []


def test_a_flat_may_have_such_a_number() -> None:
    (found,) = find_identifiers("I live at 12 Oak St apt 911")
    assert (found.type, found.end) == ("ADDRESS", 27)
