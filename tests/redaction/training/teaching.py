"""The teacher: what the network that is shipped learns from, beside the labels.

It reads with a small general language model (`language_model.py`) and is far too slow to be
shipped. What it and some networks that learned the same tips think of a text, taken together, is
right more often than either. The pupil is told that of texts without labels, so it learns more
than the tips show (https://arxiv.org/abs/1903.12136). The model knows little Spanish and counts
less there.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from tests.redaction.corpus import Span
from tests.redaction.training import language_model
from tests.redaction.training.learning import (
    NO_TYPE,
    Lesson,
    Lessons,
    Told,
    block,
    lesson_and_sight,
    loss_of,
)
from tipline.redaction.features import Sight
from tipline.redaction.identifiers import TYPES
from tipline.redaction.network import Network

TOLD_WIDTH, MEMORY, HIDDEN, DROP = 64, 96, 128, 0.2
PIECES, SORTED = 2400, 2048  # of words in a step, and of how many texts the like long are together
MODEL_RATE, RATE, DECAY = 1.5e-4, 2e-3, 0.01
TRUST = {"en": 0.5, "mix": 0.5, "es": 0.3}  # in the teacher; the rest is that in the networks


@dataclass(slots=True)
class Reading:
    """A lesson, and how the language model reads its text.

    Attributes:
        lesson: what a network is told, and the answers.
        sight: the same before it became numbers.
        pieces: numbers of the pieces of words.
        firsts, lasts: of each unit, where its first and its last piece stand among them.
    """

    lesson: Lesson
    sight: Sight
    pieces: np.ndarray
    firsts: np.ndarray
    lasts: np.ndarray


class Reader:
    """Makes readings of texts."""

    def __init__(self) -> None:
        self._tokenizer = language_model.tokenizer()

    def reading(self, text: str, own: Sequence[Span] = ()) -> Reading | None:
        """Return a text as the teacher reads it; None if there is nothing to ask."""
        seen = lesson_and_sight(text, own)
        if seen is None:
            return None
        lesson, sight = seen
        encoded = self._tokenizer.encode(sight.units.document.plain.folded)
        firsts, lasts = [], []
        at, last = 1, len(encoded.offsets) - 1
        for start, end in zip(sight.units.starts, sight.units.ends, strict=True):
            while at < last and encoded.offsets[at][1] <= start:
                at += 1
            behind = at
            while behind + 1 < last and encoded.offsets[behind + 1][0] < end:
                behind += 1
            firsts.append(at)
            lasts.append(behind)
        return Reading(lesson, sight, *map(np.array, (encoded.ids, firsts, lasts)))


class Teacher(nn.Module):
    """The language model, what a network is told, and memories over both."""

    def __init__(self) -> None:
        super().__init__()
        self.model = language_model.LanguageModel()
        self.told = Told(TOLD_WIDTH)
        seen = language_model.WIDTH + TOLD_WIDTH
        self.memories = nn.GRU(seen, MEMORY, batch_first=True, bidirectional=True)
        self.hidden = nn.Linear(2 * MEMORY + seen, HIDDEN)
        self.own, self.types = nn.Linear(HIDDEN, 1), nn.Linear(HIDDEN, len(TYPES))
        self.drop = nn.Dropout(DROP)

    def forward(self, readings: Sequence[Reading], lessons: Lessons) -> tuple[Tensor, Tensor]:
        pieces = block([reading.pieces for reading in readings]).long()
        inside = block([np.ones(len(reading.pieces), np.float32) for reading in readings])
        with torch.autocast("cpu", torch.bfloat16):
            state = self.model(pieces, inside)
        state = state.float()
        ends = (
            state.gather(1, block(at).long().unsqueeze(-1).expand(-1, -1, state.shape[-1]))
            for at in ([one.firsts for one in readings], [one.lasts for one in readings])
        )
        seen = torch.cat((self.drop(sum(ends) / 2), self.told(lessons)), -1)
        packed = nn.utils.rnn.pack_padded_sequence(
            seen, [len(one.firsts) for one in readings], batch_first=True, enforce_sorted=False
        )
        remembered, _ = nn.utils.rnn.pad_packed_sequence(
            self.memories(packed)[0], batch_first=True, total_length=seen.shape[1]
        )
        hidden = self.drop(torch.relu(self.hidden(torch.cat((seen, remembered), -1))))
        return self.own(hidden).squeeze(-1), self.types(hidden)

    def learn(self, passes: Sequence[Sequence[Reading]], seed: int) -> None:
        """Learn from some readings, once from each."""
        mixing = random.Random(seed)
        steps = [batch for readings in passes for batch in batches(readings, mixing)]
        slow = [one for one in self.model.parameters() if one.requires_grad]
        kept = set(map(id, slow))
        fast = [one for one in self.parameters() if one.requires_grad and id(one) not in kept]
        weights = [{"params": slow, "lr": MODEL_RATE}, {"params": fast, "lr": RATE}]
        optimizer = torch.optim.AdamW(weights, weight_decay=DECAY)
        pace = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, [MODEL_RATE, RATE], total_steps=len(steps) + 1, pct_start=0.1
        )
        self.train()
        for number, batch in enumerate(steps, 1):
            lessons = Lessons([one.lesson for one in batch])
            loss = loss_of(self(batch, lessons), lessons)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(slow + fast, 1.0)
            optimizer.step()
            pace.step()
            if number % 100 == 0:
                print(f"step {number} of {len(steps)}: loss {loss.item():.4f}", flush=True)
        self.eval()


def new_teacher(seed: int) -> Teacher:
    """A teacher that has learned nothing yet."""
    torch.manual_seed(seed)
    return Teacher()


def batches(readings: Sequence[Reading], mixing: random.Random) -> list[list[Reading]]:
    """Readings in chance order, those of like length together, so many that a step is as long."""
    order = list(readings)
    mixing.shuffle(order)
    found: list[list[Reading]] = []
    for first in range(0, len(order), SORTED):
        batch: list[Reading] = []
        for one in sorted(order[first : first + SORTED], key=lambda one: len(one.pieces)):
            if batch and (len(batch) + 1) * len(one.pieces) > PIECES:
                found.append(batch)
                batch = []
            batch.append(one)
        found.append(batch)
    mixing.shuffle(found)
    return found


class Faculty:
    """The teacher and some networks, who together say what their pupil learns."""

    def __init__(self, teacher: Teacher, before: Sequence[Network]) -> None:
        self.teacher, self.before = teacher, before

    def taught(self, readings: Iterable[tuple[Reading, float]]) -> list[Lesson]:
        """Return lessons with what the faculty thinks as answers.

        Args:
            readings: of texts without labels, each with how far the teacher is to be trusted
                (`TRUST`).
        """
        lessons = []
        waiting = sorted(readings, key=lambda one: len(one[0].pieces))
        while waiting:
            many = max(1, 2 * PIECES // len(waiting[-1][0].pieces))
            lot, waiting = waiting[-many:], waiting[:-many]
            told = Lessons([reading.lesson for reading, _ in lot])
            with torch.no_grad():
                owned, kinds = self.teacher([reading for reading, _ in lot], told)
            for (reading, trust), logits, types in zip(lot, owned, kinds, strict=True):
                size = len(reading.firsts)
                own = trust * logits[:size].numpy() + (1 - trust) * self._before(reading.sight)
                thought = (1 / (1 + np.exp(-own))).astype(np.float32)
                is_own = (thought > 0.5) & (reading.lesson.asked > 0)
                likeliest = np.where(is_own, types[:size].argmax(1).numpy(), NO_TYPE)
                lessons.append(replace(reading.lesson, own=thought, kinds=likeliest))
        return lessons

    def _before(self, sight: Sight) -> np.ndarray:
        asked = (sight.meanings(), sight.places(), sight.chosen)
        owned = np.zeros(sight.units.size, np.float32)
        owned[sight.chosen] = np.mean([network.judge(*asked)[0] for network in self.before], 0)
        return owned
