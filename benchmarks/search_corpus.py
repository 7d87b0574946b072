"""A line with many threads of made-up texts: really sealed, signed and stored; words as Zipf says.

Nothing sealed is shared: every thread has keys of its own, and every message is sealed to its
thread. The index of the large store is fed with the same words without opening all the messages
again; how fast opening and indexing is, is measured on a part.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

from sqlalchemy import insert

from tipline.clock import hour_of, system_clock
from tipline.crypto.opening import OpeningKey
from tipline.crypto.signing import SigningKey
from tipline.db import schema
from tipline.db.engines import Stores
from tipline.db.schema import Store
from tipline.identity.aliases import random_alias
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.founding import LineDescription, found_line
from tipline.lines.keyrings import LineKeyring
from tipline.search.reading import LineTexts
from tipline.search.segments import SearchKey
from tipline.search.tokens import keys_of
from tipline.search.writing import Batch, write_batch
from tipline.threads.contents import MessageContent, MessageKind, MessagePlace, seal_message
from tipline.threads.keys import new_thread
from tipline.threads.models import EraseKey, Message, Thread, ThreadState

VOCABULARY = 20_000
ZIPF_EXPONENT = 1.05
WORDS_IN_A_MESSAGE = 15
MESSAGES_IN_A_THREAD = 10
RARE = "zanzibarish"
PHRASE = "silver pickup truck"
START = datetime(2024, 11, 1, tzinfo=UTC)
DAYS = 730
THREADS_A_JOB = 256


@cache
def vocabulary() -> tuple[list[str], list[float]]:
    """Made-up words, the most frequent first, and their cumulated weights."""
    chance = random.Random(1)
    syllables = [c + v for c in "bcdfghjklmnpqrstvwxz" for v in "aeiou"]
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words[
            "".join(chance.choices(syllables, k=chance.randint(1, 4))) + chance.choice("nrst")
        ] = None
    weights = accumulate(1 / (rank + 1) ** ZIPF_EXPONENT for rank in range(VOCABULARY))
    return list(words), list(weights)


def texts_of(number: int) -> list[str]:
    """The texts of a thread; every 33,333rd has a rare word, every 500th a phrase."""
    chance = random.Random(number)
    words, weights = vocabulary()
    texts = [
        " ".join(chance.choices(words, cum_weights=weights, k=WORDS_IN_A_MESSAGE))
        for _ in range(MESSAGES_IN_A_THREAD)
    ]
    if number % 33_333 == 77:
        texts[3] += f" {RARE}"
    if number % 500 == 5:
        texts[0] += f" a {PHRASE}"
    return texts


@dataclass(frozen=True)
class Made:
    """Rows of some threads, and the words to be indexed."""

    threads: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    erase_keys: list[dict[str, Any]]
    words: dict[str, set[str]]


def make(first: int, count: int, total: int, line: tuple[str, bytes, bytes], intake: bytes) -> Made:
    """Seal some threads with their messages, in a process of its own."""
    line_id, opening_seed, signing_seed = line
    sealing = OpeningKey(opening_seed).public
    signers = {
        MessageKind.RESIDENT: SigningKey(intake),
        MessageKind.REPLY: SigningKey(signing_seed),
    }
    made = Made([], [], [], {})
    for number in range(first, first + count):
        alias = f"{random_alias()}-{number}"
        thread = new_thread(line_id, alias, 1, sealing, signers[MessageKind.RESIDENT])
        at = START + timedelta(days=DAYS) * (number / total)
        texts = texts_of(number)
        for sequence, text in enumerate(texts, 1):
            kind = MessageKind.REPLY if sequence % 3 == 0 else MessageKind.RESIDENT
            place = MessagePlace(line_id, thread.id, sequence, kind)
            sealed = seal_message(MessageContent(text, at), place, thread.public, signers[kind])
            made.messages.append(
                {
                    "thread_id": thread.id, "sequence": sequence, "kind": kind.value,
                    "sealed": sealed.sealed, "signature": sealed.signature,
                    "source": secrets.token_bytes(32), "hour": hour_of(at),
                }
            )  # fmt: skip
        made.threads.append(
            {
                "id": thread.id, "line_id": line_id, "alias": alias, "line_generation": 1,
                "public": thread.public.raw, "wrapped_private": thread.wrapped_private,
                "signature": thread.signature, "state": ThreadState.OPEN.value,
                "messages": len(texts), "is_opened": number % 50 > 0, "is_waiting": True,
                "created_hour": hour_of(at), "last_hour": hour_of(at),
                "activity": (number + 1) * len(texts), "urgency": int(number % 100 == 7),
                "is_closed": number % 4 > 0, "is_restricted": False,
            }
        )  # fmt: skip
        made.erase_keys.append({"thread_id": thread.id, "key": thread.erase_key})
        made.words[thread.id] = {key for text in texts for key in keys_of(text)}
    return made


def new_line(stores: Stores) -> tuple[LineTexts, LineBundle, SigningKey]:
    """Migrate both stores and found a line."""
    schema.upgrade(stores.main, Store.MAIN)
    schema.upgrade(stores.perishable, Store.PERISHABLE)
    console, intake = SigningKey.generate(), SigningKey.generate()
    description = LineDescription("tips", "Tips", "+12095550100", "Thank you.")
    bundle = found_line(stores.main, console, description).bundle
    lines = LineDirectory(stores.main, console.public, system_clock)
    texts = LineTexts(stores, lines, intake.public, bundle.line_id, LineKeyring.of(bundle))
    return texts, bundle, intake


def fill(
    stores: Stores, bundle: LineBundle, intake: SigningKey, total: int, *, is_indexed: bool
) -> Iterator[int]:
    """Put so many threads into the stores; yield how many are there."""
    line = (bundle.line_id, bundle.opening.seed, bundle.signing.seed)
    key = SearchKey.of(bundle)
    waiting: dict[str, set[str]] = {}
    done = 0
    with ProcessPoolExecutor(2) as pool:
        starts = range(0, total, THREADS_A_JOB)
        sizes = [min(THREADS_A_JOB, total - start) for start in starts]
        fixed = [[value] * len(sizes) for value in (total, line, intake.seed)]
        for made in pool.map(make, starts, sizes, *fixed):
            with stores.perishable.begin() as connection:
                connection.execute(insert(EraseKey), made.erase_keys)
            with stores.main.begin() as connection:
                connection.execute(insert(Thread), made.threads)
                connection.execute(insert(Message), made.messages)
            done += len(made.threads)
            waiting |= made.words
            if is_indexed and (len(waiting) >= 1024 or done == total):
                batch = Batch(bundle.line_id, done * MESSAGES_IN_A_THREAD, waiting)
                batch.before = dict.fromkeys(waiting)
                batch.after = dict.fromkeys(waiting, MESSAGES_IN_A_THREAD)
                assert write_batch(stores.perishable, batch, key)
                waiting = {}
            yield done
