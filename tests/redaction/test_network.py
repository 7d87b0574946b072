"""The networks that are shipped: their types, their figures on what they never saw, and their
arithmetic."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import pytest

from tests.redaction.corpus import load
from tests.redaction.scoring import Score, score
from tipline.redaction import find_identifiers
from tipline.redaction.committee import BIAS, FILES, Committee, shipped
from tipline.redaction.document import Document
from tipline.redaction.features import ROWS, TOLD, Sight
from tipline.redaction.known_words import known_words
from tipline.redaction.network import Network, _run_through
from tipline.redaction.normalising import plain_form
from tipline.redaction.units import Units


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my name is Holly Tran", "NAME"),
        ("call me at 209-555-0142", "PHONE"),
        ("email me at rosa@example.com", "EMAIL"),
        ("I live at 1803 Wylie Dr", "ADDRESS"),
        ("my ssn is 987-65-4321", "SSN"),
        ("my plate is 8ABC123", "PLATE"),
        ("my license is D1234567", "DL"),
        ("I was born June 2, 1959", "DOB"),
        ("add my snap jayy_dropz", "HANDLE"),
        ("my IP is 203.0.113.7", "IP"),
        ("my card is 4111 1111 1111 1111", "CARD"),
        ("my location: 37.6451, -120.9876", "GEO"),
    ],
)
def test_says_of_which_type_a_detail_is(text: str, kind: str) -> None:
    assert [one.type for one in find_identifiers(text)] == [kind]


def stored(number: int = 0) -> dict[str, np.ndarray]:
    with np.load(FILES[number]) as file:
        return dict(file)


def test_a_higher_bias_leaks_less_and_destroys_more() -> None:
    tips = load("kept_back")[:120]

    def measured(bias: float) -> Score:
        committee = Committee(shipped().networks, bias)
        return score(tips, partial(find_identifiers, committee=committee))

    low, high = measured(-3.0).all, measured(3.0).all
    assert high.leak < low.leak
    assert high.kept < low.kept


# What docs/redaction.md promises, less what another machine's arithmetic may cost.
@pytest.mark.parametrize(
    ("voices", "leak", "kept"), [("ordinary", 0.11, 0.975), ("fresh", 0.16, 0.95)]
)
def test_errs_no_more_on_tips_that_it_never_saw_than_is_said(
    voices: str, leak: float, kept: float
) -> None:
    tips = [tip for tip in load("kept_back") if tip["tags"][0].startswith(voices)]
    figures = score(tips, find_identifiers).all
    assert figures.leak <= leak
    assert figures.kept >= kept


def sight_of(text: str) -> Sight:
    return Sight(Units(Document(plain_form(text))))


def judged(network: Network, text: str) -> np.ndarray:
    sight = sight_of(text)
    return network.judge(sight.meanings(), sight.places())[0]


def test_every_row_that_is_told_is_one_of_the_table() -> None:
    assert {stored(number)["table"].shape[0] for number in range(len(FILES))} == {ROWS}
    for tip in load("kept_back"):
        rows, roles, vectors = sight_of(tip["text"]).told()
        assert rows.shape == (len(rows), len(TOLD))
        assert 0 <= rows.min() <= rows.max() < ROWS
        assert roles.shape == (len(rows), 48)
        assert vectors.max() < len(known_words().vectors)


def test_words_of_a_cluster_have_like_vectors() -> None:
    words = known_words()

    def alike(one: str, other: str) -> float:
        a, b = (words.vectors[words.of(word)[0]] for word in (one, other))
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))

    assert alike("phone", "telephone") > alike("phone", "banana")
    assert alike("nephew", "uncle") > alike("nephew", "street")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 33])
def test_a_memory_keeps_of_each_unit_what_it_is_told_to(size: int) -> None:
    """The few big steps in which it is worked out come to what small ones do."""
    numbers = np.random.default_rng(size)
    new, kept = numbers.random((2, size, 4)), numbers.random((2, size, 4))
    expected = [new[:, 0]]
    for unit in range(1, size):
        expected.append(kept[:, unit] * expected[-1] + new[:, unit])
    _run_through(new, kept)
    assert np.allclose(new, np.stack(expected, 1))


def test_a_text_is_judged_alike_whatever_was_read_before() -> None:
    """What is kept of frequent words is what is worked out of each."""
    first, later = Network(stored()), Network(stored())
    for tip in load("kept_back")[:200]:
        judged(later, tip["text"])
    for tip in load("kept_back")[::40]:
        assert np.allclose(judged(first, tip["text"]), judged(later, tip["text"]), atol=1e-4)


def test_where_the_first_is_in_doubt_the_mean_of_all_counts() -> None:
    networks = shipped().networks
    doubts = Counter[bool]()
    for tip in load("kept_back")[::5]:
        sight = sight_of(tip["text"])
        if not sight.chosen:
            continue
        alone = [judged(network, tip["text"]) for network in networks]
        doubt = bool((np.abs(alone[0][sight.chosen] + BIAS) < 1).any())
        expected = BIAS + (np.mean(alone, 0) if doubt else alone[0])
        assert np.allclose(shipped().judge(sight)[0], expected, atol=1e-4)
        doubts[doubt] += 1
    assert doubts[True] > 10
    assert doubts[False] > 10
