"""The network that is shipped: its types, its figures on what it never saw, and its arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import numpy as np
import pytest

from tests.redaction.corpus import Tip, load
from tests.redaction.scoring import Score, score
from tipline.redaction import Thread, find_identifiers
from tipline.redaction.document import Document
from tipline.redaction.features import ROWS, TOLD, Sight, sight_of
from tipline.redaction.identifiers import TYPES
from tipline.redaction.judging import WEIGHTS, Judge, Verdict, shipped
from tipline.redaction.known_words import known_words
from tipline.redaction.network import NEIGHBOURS, Network, _run_through
from tipline.redaction.normalising import plain_form


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


def stored() -> dict[str, np.ndarray]:
    with np.load(WEIGHTS) as file:
        return dict(file)


def test_a_number_with_the_form_of_a_phone_number_is_no_address() -> None:
    class Addressee(Told):
        """Thinks that all is an address, or else a policy."""

        def weigh(self, sight: Sight) -> tuple[Sequence[float], np.ndarray]:
            owned, types = super().weigh(sight)
            types[:, [TYPES.index("ADDRESS"), TYPES.index("ACCOUNT")]] = 2.0, 1.0
            return owned, types

    sight = sight_of("Ana at 209-555-0142")
    verdict = Addressee({"Ana": 5.0, "209-555-0142": 5.0}).verdict(sight)
    assert [kind for _, kind in verdict.own] == ["ADDRESS", "ACCOUNT"]


def test_a_higher_bias_leaks_less_and_destroys_more() -> None:
    tips = load("kept_back")[:120]

    def measured(bias: float) -> Score:
        return score(tips, partial(find_identifiers, judge=Judge(shipped().network, bias)))

    low, high = measured(-3.0).all, measured(3.0).all
    assert high.leak < low.leak
    assert high.kept < low.kept


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("my number is 209-555-0142", False),
        ("nobody saw anything", False),
        ("my name is Ana. 3 men were there", True),
        ("Karen9165550142 call me", True),
    ],
)
def test_looks_again_where_more_may_be_found(text: str, more: bool) -> None:
    seen: list[str] = []

    class Watched(Judge):
        def verdict(self, sight: Sight) -> Verdict:
            seen.append(sight.units.document.plain.text)
            return super().verdict(sight)

    find_identifiers(text, judge=Watched(shipped().network))
    assert (len(seen) > 1) is more


NO_NETWORK = cast(Network, None)  # of judges who ask none


class Told(Judge):
    """A judge who thinks what it is told to."""

    def __init__(self, thought: Mapping[str, float]) -> None:
        super().__init__(NO_NETWORK)
        self.thought = thought

    def weigh(self, sight: Sight) -> tuple[Sequence[float], np.ndarray]:
        units, text = sight.units, sight.units.document.plain.text
        written = [text[start:end] for start, end in zip(units.starts, units.ends, strict=True)]
        owned = [self.thought.get(written[unit], -9.0) for unit in sight.chosen]
        return owned, np.zeros((len(sight.chosen), len(TYPES)))


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    ("apart", "logit", "in_doubt"),
    [
        (1, -0.1, True),
        (6, -4.9, True),
        (6, -5.1, False),
        (7, -0.9, True),
        (7, -1.1, False),
        (20, -0.9, True),
    ],
)
def test_is_in_doubt_while_anything_is_near_the_border(
    before: bool, apart: int, logit: float, in_doubt: bool
) -> None:
    words = ["209-555-0142", *["so"] * (apart - 1), "Rex"]
    sight = sight_of(" ".join(reversed(words) if before else words))
    verdict = Told({"209-555-0142": 5.0, "Rex": logit}).verdict(sight)
    assert ([kind for _, kind in verdict.own], verdict.in_doubt) == ([TYPES[0]], in_doubt)


@pytest.mark.parametrize("half", ["Holly", "Tran"])
def test_a_name_that_the_thread_knows_goes_whole_though_half_of_it_is_found(half: str) -> None:
    def seen(kind: str, value: str) -> bool:
        return (kind, value) == ("NAME", "hollytran")

    text = "Rex said Holly Tran saw nothing"
    (one,) = find_identifiers(text, Thread(seen=seen), Told({half: 5.0}))
    assert text[one.start : one.end] == "Holly Tran"


def test_looks_again_once_the_thread_knows_a_detail() -> None:
    class Partner(Judge):
        """Thinks that Rex is the sender's too beside anybody who is."""

        def weigh(self, sight: Sight) -> tuple[Sequence[float], np.ndarray]:
            return Told({"Rex": 5.0 if "HOLE" in sight.units.kinds else -9.0}).weigh(sight)

    def seen(kind: str, value: str) -> bool:
        return (kind, value) == ("NAME", "ana")

    text = "Ana and so on, Rex too"
    found = find_identifiers(text, Thread(seen=seen), Partner(NO_NETWORK))
    assert [text[one.start : one.end] for one in found] == ["Ana", "Rex"]


def test_placeholders_are_no_words_without_vowels() -> None:
    assert Document(plain_form("a [ssn] and [dl 2] pls")).vowelless == 1


def test_capitals_of_a_text_count_without_its_placeholders() -> None:
    for text in ("MY NUMBER IS", "MY NUMBER IS [phone]", "[name] [phone] MY NUMBER IS [address]"):
        assert Document(plain_form(text)).shouted
    assert not Document(plain_form("My number is [phone]")).shouted


# What docs/redaction.md promises, less what another machine's arithmetic may cost.
@pytest.mark.parametrize(
    ("voices", "leak", "kept"), [("ordinary", 0.075, 0.985), ("fresh", 0.115, 0.965)]
)
def test_errs_no_more_on_tips_that_it_never_saw_than_is_said(
    voices: str, leak: float, kept: float
) -> None:
    tips = [tip for tip in load("kept_back") if tip["tags"][0].startswith(voices)]
    figures = score(tips, find_identifiers).all
    assert figures.leak <= leak
    assert figures.kept >= kept


def judged(network: Network, sight: Sight) -> np.ndarray:
    """Of each chosen unit how likely it is the sender's, and how likely of each type."""
    owned, types = network.judge(sight.meanings(), sight.places(), sight.chosen)
    return np.concatenate((owned[:, None], types), 1)


def sights(tips: Sequence[Tip]) -> list[Sight]:
    found = [sight_of(tip["text"]) for tip in tips]
    return [sight for sight in found if sight.chosen]


def test_every_row_that_is_told_is_one_of_the_table() -> None:
    assert stored()["table"].shape[0] == ROWS
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
    held, kept = numbers.random((size, 4)), numbers.random((size, 4))
    expected = held[:1].copy()
    for unit in range(1, size):
        expected = np.append(expected, [kept[unit] * expected[-1] + held[unit]], 0)
    _run_through(held, kept)
    assert np.allclose(held, expected)


def test_a_text_is_judged_alike_whatever_was_read_before() -> None:
    """What is kept of known meanings is what is worked out of each."""
    first, later = Network(stored()), Network(stored())
    texts = sights(load("tips")[::40])
    for sight in texts:
        judged(later, sight)
    for sight in texts[::5]:
        assert np.allclose(judged(first, sight), judged(later, sight), atol=1e-4)


def test_what_is_worked_out_at_once_is_what_the_weights_say() -> None:
    """Against the network as it learns, its memories written out one unit after another."""
    network, weights = Network(stored()), stored()
    short = [sight_of(" ".join(["Ana", "sold", "8ABC123"] * 5)[:end]) for end in (3, 8, 16, 60)]
    for sight in sights(load("tips")[::300]) + short:
        assert np.allclose(
            judged(network, sight), as_learned(weights, sight)[sight.chosen], atol=1e-3
        )


def as_learned(stored: dict[str, np.ndarray], sight: Sight) -> np.ndarray:
    """The sums of `tests.redaction.training.learning.Pupil`, in double precision."""
    w = {name: np.asarray(one, float) for name, one in stored.items()}

    def even(values: np.ndarray, name: str) -> np.ndarray:
        centred = values - values.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return centred / spread * w[name] + w[f"{name}_at"]

    def sigmoid(values: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-values))

    rows, roles, vectors = sight.told()
    words = known_words().vectors[vectors] @ w["vectors"] + w["start"]
    told = even(
        (w["table"] * w["steps"][:, None])[rows].sum(1) + roles @ w["roles"] + words, "even"
    )
    padded = np.pad(told, ((NEIGHBOURS, NEIGHBOURS), (0, 0)))
    around = [padded[unit : unit + 2 * NEIGHBOURS + 1].ravel() for unit in range(len(told))]
    seen = np.maximum(np.stack(around) @ w["near"] + w["near_at"], 0)
    state = told + seen @ w["near_back"]
    new, kept, shown = np.split(state @ w["gates"] + w["gates_at"], 3, 1)
    new, kept = np.tanh(new), sigmoid(kept)
    held, size = np.zeros_like(new), new.shape[1] // 2
    for half, order in ((slice(size), 1), (slice(size, None), -1)):
        memory = np.zeros(size)
        for unit in range(len(new))[::order]:
            memory = kept[unit, half] * memory + (1 - kept[unit, half]) * new[unit, half]
            held[unit, half] = memory
    state = state + held * sigmoid(shown) @ w["back"] + w["back_at"]
    hidden = np.concatenate((state, told), 1) @ w["hidden"] + w["hidden_at"]
    hidden = np.maximum(hidden, 0)
    owned, types = (hidden @ w[name] + w[f"{name}_at"] for name in ("own", "types"))
    return np.concatenate((owned, types), 1)
