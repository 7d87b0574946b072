"""Learning the weights of the network (`tipline/redaction/network.py`), with PyTorch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.redaction.corpus import Span
from tipline.redaction.features import ROLES, TOLD, Sight, sight_of
from tipline.redaction.identifiers import TYPES
from tipline.redaction.known_words import known_words
from tipline.redaction.network import NEIGHBOURS

BATCH, SORTED = 64, 1024  # messages in a step, and of how many the like long are put together
DECAY = 1e-4
DROPPED = 0.1  # of all numbers, at each step
# How often the network is not told of something, so that it learns to do without.
UNTOLD = {"word": 0.5, "cluster": 0.2, "ending": 0.2, "shape": 0.2}
NO_VECTOR = 0.1
ALL_SHOWN = 1024  # rows of a table, at most, of which the tips show each often
TYPES_WEIGHT = 0.5  # of telling the type beside telling the owner
KINDS = {**{kind: number for number, kind in enumerate(TYPES)}, "ID": TYPES.index("ACCOUNT")}
NO_TYPE = -1
FIRSTS = np.cumsum([0, *TOLD.values()])[:-1]


@dataclass(slots=True)
class Lesson:
    """A message as the network is told of it, with the answers for each unit.

    Attributes:
        rows, roles, vectors: as `Sight.told` returns them.
        asked: which units may be a detail.
        own: how likely each is the sender's: 0 or 1, or what a teacher thinks.
        kinds: the number of the type of each that is, else -1.
    """

    rows: np.ndarray
    roles: np.ndarray
    vectors: np.ndarray
    asked: np.ndarray
    own: np.ndarray
    kinds: np.ndarray


def lesson_of(text: str, own: Sequence[Span]) -> Lesson | None:
    """A message and its labels as a lesson; None if there is nothing to ask."""
    found = lesson_and_sight(text, own)
    return found and found[0]


def lesson_and_sight(text: str, own: Sequence[Span]) -> tuple[Lesson, Sight] | None:
    """A message and its labels as a lesson, and as it was seen; None if there is nothing to ask."""
    sight = sight_of(text)
    if not sight.chosen:
        return None
    plain = sight.units.document.plain
    rows, roles, vectors = sight.told()
    asked, mine = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    kinds = np.full(len(rows), NO_TYPE)
    for unit in sight.chosen:
        asked[unit] = 1
        start, end = plain.span(sight.units.starts[unit], sight.units.ends[unit])
        for span in own:
            if span["start"] < end and start < span["end"]:
                mine[unit], kinds[unit] = 1, KINDS.get(span["type"], NO_TYPE)
                break
    lesson = Lesson(rows.astype(np.int32), roles.astype(np.int8), vectors, asked, mine, kinds)
    return lesson, sight


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is.

    Attributes:
        width: numbers that stand for a unit.
        seen: numbers for what it sees of its neighbours.
        memory: numbers in each memory.
    """

    width: int
    seen: int
    memory: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Some passes through all lessons, in which the rate of learning rises and falls once.

    Attributes:
        passes: how often each lesson is learned from.
        rate: of learning, at its highest.
        dropped: the share of numbers that are dropped at each step.
        untold: how often the network is not told of something: as a share of `UNTOLD` and
            `NO_VECTOR`.
        kept: the share of the weights from before it in those that come out
            (https://arxiv.org/abs/2109.01903).
    """

    passes: int
    rate: float
    dropped: float = DROPPED
    untold: float = 1.0
    kept: float = 0.0


class Told(nn.Module):
    """What a network is told of units, before any looks at its neighbours, as it learns.

    Attributes:
        untold: how often it is not told of something (`Turn.untold`).
    """

    untold = 1.0

    def __init__(self, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(sum(TOLD.values()), width)
        with torch.no_grad():
            self.table.weight.normal_(std=0.3)
            for name, first in zip(TOLD, FIRSTS, strict=True):
                if name in UNTOLD or TOLD[name] > ALL_SHOWN:
                    # What no tip shows must say nothing.
                    self.table.weight[first : first + TOLD[name]] = 0
        self.roles = nn.Linear(len(ROLES), width, bias=False)
        vectors = torch.from_numpy(known_words().vectors)
        self.known = nn.Embedding.from_pretrained(vectors, freeze=True)
        self.vectors = nn.Linear(vectors.shape[1], width)
        self.even = nn.LayerNorm(width)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, lessons: Lessons) -> Tensor:
        tables = self.table(lessons.rows)
        vectors = self.vectors(self.known(lessons.vectors))
        if self.training:
            kept = torch.ones(tables.shape[:-1])
            for place, name in enumerate(TOLD):
                if name in UNTOLD:
                    kept[:, :, place] = self._is_told(kept, UNTOLD[name])
            tables = tables * kept.unsqueeze(-1)
            vectors = vectors * self._is_told(vectors, NO_VECTOR).unsqueeze(-1)
        return self.drop(self.even(tables.sum(2) + self.roles(lessons.roles) + vectors))

    def _is_told(self, units: Tensor, seldom: float) -> Tensor:
        """Draw of each unit whether the network is told of something: 0 as often as `seldom`."""
        return (torch.rand(units.shape[:2]) > seldom * self.untold).float()


class Pupil(nn.Module):
    """The network of `tipline.redaction.network`, as it learns."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.told = Told(width)
        self.near = nn.Linear((2 * NEIGHBOURS + 1) * width, size.seen)
        self.near_back = nn.Linear(size.seen, width, bias=False)
        self.gates = nn.Linear(width, 6 * size.memory)
        self.back = nn.Linear(2 * size.memory, width)
        self.hidden = nn.Linear(2 * width, width)
        self.own = nn.Linear(width, 1)
        self.types = nn.Linear(width, len(TYPES))
        self.drop = nn.Dropout(DROPPED)

    def forward(self, lessons: Lessons) -> tuple[Tensor, Tensor]:
        inside = lessons.inside.unsqueeze(-1)
        told = self.told(lessons) * inside
        size = told.shape[1]
        padded = functional.pad(told, (0, 0, NEIGHBOURS, NEIGHBOURS))
        around = torch.cat([padded[:, at : at + size] for at in range(2 * NEIGHBOURS + 1)], -1)
        state = told + self.drop(self.near_back(torch.relu(self.near(around))))
        state = state + self.drop(self.back(_remember(self.gates(state), inside)))
        hidden = self.drop(torch.relu(self.hidden(torch.cat((state, told), -1))))
        return self.own(hidden).squeeze(-1), self.types(hidden)


def _remember(gates: Tensor, inside: Tensor) -> Tensor:
    """Let both memories run through the text; outside of it they keep what they hold."""
    memory = gates.shape[-1] // 6
    new, kept, shown = gates.split(2 * memory, -1)
    kept = torch.sigmoid(kept) * inside + (1 - inside)
    new = torch.tanh(new) * (1 - kept)
    forwards = _run_through(new[..., :memory], kept[..., :memory])
    backwards = _run_through(new[..., memory:].flip(1), kept[..., memory:].flip(1)).flip(1)
    return torch.cat((forwards, backwards), -1) * torch.sigmoid(shown)


def _run_through(held: Tensor, kept: Tensor) -> Tensor:
    """Let a memory run through, in steps of one, two, four units and so on, as the network does."""
    step, size = 1, held.shape[1]
    while step < size:
        held = torch.cat((held[:, :step], held[:, step:] + kept[:, step:] * held[:, :-step]), 1)
        kept = torch.cat((kept[:, :step], kept[:, step:] * kept[:, :-step]), 1)
        step *= 2
    return held


class Lessons:
    """Some lessons as one block of numbers, filled up to the longest."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self.rows = block([lesson.rows for lesson in lessons]).long()
        self.roles = block([lesson.roles for lesson in lessons]).float()
        self.vectors = block([lesson.vectors for lesson in lessons]).long()
        self.asked = block([lesson.asked for lesson in lessons])
        self.own = block([lesson.own for lesson in lessons])
        self.kinds = block([lesson.kinds for lesson in lessons], NO_TYPE).long()
        self.inside = block([np.ones(len(lesson.rows), np.float32) for lesson in lessons])


def block(parts: Sequence[np.ndarray], filler: int = 0) -> Tensor:
    """Rows of different lengths as one block of numbers."""
    tensors = [torch.from_numpy(part) for part in parts]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=filler)


def learned(
    lessons: Sequence[Lesson], size: Size, turns: Sequence[Turn], seed: int
) -> dict[str, Any]:
    """Have a network learn, and return its weights as they are stored."""
    torch.manual_seed(seed)
    mixing = random.Random(seed)
    pupil = Pupil(size)
    weights = [one for one in pupil.parameters() if one.requires_grad]
    for turn in turns:
        print(turn, flush=True)
        before = [one.detach().clone() for one in weights]
        _learn(pupil, lessons, turn, mixing)
        with torch.no_grad():
            for one, was in zip(weights, before, strict=True):
                one.lerp_(was, turn.kept)
    return stored(pupil)


def _learn(pupil: Pupil, lessons: Sequence[Lesson], turn: Turn, mixing: random.Random) -> None:
    pupil.told.untold = turn.untold
    for module in pupil.modules():
        if isinstance(module, nn.Dropout):
            module.p = turn.dropped
    weights = [one for one in pupil.parameters() if one.requires_grad]
    steps = torch.optim.AdamW(weights, lr=turn.rate, weight_decay=DECAY)
    many = turn.passes * len(list(batches(lessons, mixing)))
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, turn.rate, total_steps=many, pct_start=0.1)
    pupil.train()
    for number in range(turn.passes):
        losses = []
        for batch in batches(lessons, mixing):
            told = Lessons(batch)
            loss = loss_of(pupil(told), told)
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            steps.step()
            pace.step()
            losses.append(loss.item())
        print(f"pass {number + 1}: loss {sum(losses) / len(losses):.4f}", flush=True)


def loss_of(answers: tuple[Tensor, Tensor], lessons: Lessons) -> Tensor:
    owned, kinds = answers
    owners = functional.binary_cross_entropy_with_logits(owned, lessons.own, reduction="none")
    loss = (owners * lessons.asked).sum() / lessons.asked.sum()
    if (lessons.kinds != NO_TYPE).any():
        types = functional.cross_entropy(
            kinds.flatten(0, 1), lessons.kinds.flatten(), ignore_index=NO_TYPE
        )
        loss = loss + TYPES_WEIGHT * types
    return loss


def batches(lessons: Sequence[Lesson], mixing: random.Random) -> Iterator[list[Lesson]]:
    """Lessons in chance order, those of like length together, so that little is filled up."""
    order = list(lessons)
    mixing.shuffle(order)
    found = []
    for first in range(0, len(order), SORTED):
        part = sorted(order[first : first + SORTED], key=lambda lesson: len(lesson.rows))
        found += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
    mixing.shuffle(found)
    yield from found


def stored(pupil: Pupil) -> dict[str, Any]:
    """The weights by the names under which the network reads them; its table in bytes."""
    pupil.eval()

    def linear(name: str, layer: nn.Module) -> Mapping[str, Tensor]:
        return {name: layer.weight.T, f"{name}_at": layer.bias}

    told = pupil.told
    weights: dict[str, Tensor] = {"roles": told.roles.weight.T}
    weights |= {"vectors": told.vectors.weight.T, "start": told.vectors.bias}
    weights |= {"even": told.even.weight, "even_at": told.even.bias}
    weights |= {"near_back": pupil.near_back.weight.T}
    for name in ("near", "gates", "back", "hidden", "own", "types"):
        weights |= linear(name, getattr(pupil, name))
    arrays = {name: one.detach().numpy().astype(np.float16) for name, one in weights.items()}
    table = told.table.weight.detach().numpy()
    steps = np.maximum(np.abs(table).max(1), 1e-6) / 127
    arrays["table"] = np.round(table / steps[:, None]).astype(np.int8)
    arrays["steps"] = steps.astype(np.float32)
    return arrays
