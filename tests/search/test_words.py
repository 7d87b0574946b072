"""What counts as a word, and which spelling of it is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.search.terms import Term, terms_of
from tipline.search.tokens import keys_of, tokens


def finds(typed: str, text: str) -> bool:
    """Whether what is typed finds a text, by its index and when it is opened."""
    keys, words = keys_of(text), list(tokens(text))
    terms = terms_of(typed)
    by_index = all(not group.isdisjoint(keys) for term in terms for group in term.groups())
    opened = all(term.spans(words) for term in terms)
    assert by_index or not opened, "what stands in a text must be found by its index"
    return bool(terms) and opened


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("GUN", "He has a gun."),
        ("guns", "He has a gun."),
        ("gun", "Two guns!"),
        ("box", "boxes"),
        ("ciudades", "en la ciudad"),
        ("ciudad", "las Ciudades"),
        ("cafe", "in the Café"),
        ("CAFÉ", "in the cafe\u0301"),
        ("strasse", "Straße"),
        ("dont", "I don’t know"),
        ("don't", "I dont know"),
        ("o'brien", "O’Brien's garage"),
        ("ｇａｒａｇｅ", "garage"),
        ("garage", "ｇａｒａｇｅ"),
        ("gar\u00adage", "garage"),
        ("2095550142", "call ٢٠٩٥٥٥٠١٤٢"),
        ("house", "house-party"),
        ("house party", "a party at his house"),
        ('"house party"', "the house: party tonight"),
        ("“house party”", "house party"),
        ('"house party', "a party, a house"),
        ("İstanbul", "istanbul"),
        ("हिन्दी", "यह हिन्दी है"),
        ("ਪੰਜਾਬੀ", "ਇਹ ਪੰਜਾਬੀ ਹੈ"),
        ("警察", "我叫警察了"),
        ("察", "我叫警察了"),
        ("ナイフ", "彼はナイフを持っている"),
        ("ﾅｲﾌ", "彼はナイフを持っている"),
        ("ปืน", "เขามีปืนสองกระบอก"),
        ("កាំភ្លើង", "គាត់មានកាំភ្លើងមួយ"),
        ("\u0643\u062a\u0627\u0628", "\u0643\u0650\u062a\u064e\u0627\u0628"),
        ("điện thoại", "dien thoại điện"),
        ("총", "총"),
        ("AK47警察", "AK47 警察"),
    ],
)
def test_what_is_typed_finds_the_text(typed: str, text: str) -> None:
    assert finds(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("gun", "begun"),
        ('"guns"', "a gun"),
        ('"house party"', "party house"),
        ('"house party"', "house, a party"),
        ("gun knife", "a gun"),
        ("car", "care"),
        ("bus", "bu"),
        ("he", "hes"),
        ("警局", "警察局"),
        ("हिन्दी", "यह हिन्दू है"),
        ("!!!", "!!!"),
        ("", "anything"),
    ],
)
def test_what_is_typed_does_not_find_the_text(typed: str, text: str) -> None:
    # "hes" is the plural of no word of two letters, and "bu" the singular of none.
    assert finds(typed, text) is False


WRITING = st.text(
    st.one_of(
        st.sampled_from(
            "abe sS'’-._\"“0١é\u0301ßŉǆİıſΣςﬁⅷ½①²の警กำ\u200b\u200d\u00ad한हि्😀\n\t\x00"
        ),
        st.characters(codec="utf-8"),
    ),
    max_size=40,
)


@given(WRITING)
def test_each_word_of_a_text_finds_it(text: str) -> None:
    for token in tokens(text):
        spelled = text[token.start : token.end]
        assert finds(spelled, text), "as it is spelled in the text"
        assert finds(f'"{spelled}"', text), "in quotes"
        assert finds(spelled.upper(), text) or spelled.upper().lower() != spelled.lower()


@given(WRITING)
def test_a_whole_text_in_quotes_finds_itself(text: str) -> None:
    words = tuple(tokens(text))
    if words:
        assert Term(words, is_exact=True).spans(words)


@given(WRITING)
def test_words_hold_nothing_but_letters_marks_and_digits(text: str) -> None:
    """What separates the words of a page must never stand in one."""
    for key in keys_of(text):
        assert key
        assert not set(key) & set("\n\t \x00\"'")
        assert len(key) <= 64
        key.encode()
