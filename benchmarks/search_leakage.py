"""What a copy of the search index gives away: `python -m benchmarks.search_leakage`.

An attacker has the database, and knows how often each word is used in texts like these: the worst
case, because nobody's knowledge of a city's tips is that good. Two designs are attacked:

- *word tags*: rows of a word's keyed tag, cut to some bits, and a thread. The attacker ranks tags
  by the number of threads and says for each of the most common words which tag it is; and for a
  thread, asks whether a word that the attacker has placed rightly occurs in it.
- *sealed segments*, which Tipline has: all that is in clear are the threads of each segment and the
  sizes of its pages, so that is what is ranked.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter

from benchmarks.search_corpus import texts_of, vocabulary
from tipline.crypto.tags import keyed_tag
from tipline.lines.bundles import LineBundle
from tipline.search.segments import CONTENTS, SearchKey, Segment
from tipline.search.tokens import keys_of

SMALL = 2000
ATTACKED_WORDS = 200
BITS = (256, 16, 14, 12, 10, 8)


def expected_counts(threads: int, seed: int) -> Counter[str]:
    """What the attacker knows: in how many of as many other threads each word occurs."""
    other = random.Random(seed).randrange(10**6, 10**9)
    return Counter(key for n in range(threads) for key in keys_of(" ".join(texts_of(other + n))))


def attack_tags(words: dict[str, set[str]], known: Counter[str], bits: int, key: bytes) -> None:
    """Match tags to words by their rank, as well as it can be done from counts alone."""
    tag_of = {
        word: int.from_bytes(keyed_tag(key, "word", word), "big") >> (256 - bits)
        for found in words.values()
        for word in found
    }
    threads_of = Counter(tag for found in words.values() for tag in {tag_of[w] for w in found})
    ranked = [tag for tag, _ in threads_of.most_common(ATTACKED_WORDS)]
    guessed = dict(zip([w for w, _ in known.most_common(ATTACKED_WORDS)], ranked, strict=False))
    near = exact = 0
    for word, tag in guessed.items():
        exact += tag_of.get(word) == tag
        place = ranked.index(tag)
        near += tag_of.get(word) in ranked[max(0, place - 2) : place + 3]
    sharing = Counter(tag_of.values())
    rare = [word for word, count in known.items() if count <= 3 and word in tag_of]
    alone = sum(sharing[tag_of[word]] == 1 for word in rare) / max(1, len(rare))
    false = sum(threads_of[tag_of[word]] for word in rare) / max(1, len(rare)) / len(words)
    print(
        f"  tags of {bits} bits: {exact / len(guessed):.0%} of the {len(guessed)} most common words"
        f" placed exactly, {near / len(guessed):.0%} within two places; {alone:.0%} of rare words"
        f" have a tag of their own; a rare word's tag is on {false:.1%} of the threads"
    )


def attack_segments(words: dict[str, set[str]], known: Counter[str]) -> None:
    """Do the same with what is in clear of sealed segments."""
    key = SearchKey.of(LineBundle.generate("0" * 32, 1))
    ids = list(words)
    right = guesses = stored = 0
    sizes: Counter[int] = Counter()
    for start in range(0, len(ids), 1024):
        part = {thread: words[thread] for thread in ids[start : start + 1024]}
        segment_id = f"{start:032x}"
        pages = Segment.of(part).sealed_pages(key, segment_id)
        stored += sum(map(len, pages.values()))
        of_words = {page: len(sealed) for page, sealed in pages.items() if page != CONTENTS}
        sizes.update(set(of_words.values()))
        # The largest pages for the most common words; all are of one size, so it is a draw of lots.
        ranked = sorted(of_words, key=lambda page: -of_words[page])
        for place, (word, _) in enumerate(known.most_common(ATTACKED_WORDS)):
            right += key.page_of(word, len(of_words)) == ranked[place % len(ranked)]
            guesses += 1
    print(
        f"  sealed segments: {right / guesses:.1%} of the {ATTACKED_WORDS} most common words are on"
        f" the page that was guessed (chance: {1 / 64:.1%}); word pages of a segment have one size"
        f" ({', '.join(f'{size // 1024} KiB' for size in sorted(sizes))});"
        f" {stored / 2**20:.1f} MiB for {len(words)} threads"
    )


def report(threads: int) -> None:
    vocabulary()
    words = {f"{n:032x}": keys_of(" ".join(texts_of(n))) for n in range(threads)}
    known = expected_counts(threads, seed=11)
    entries = sum(map(len, words.values()))
    print(f"what a copy of the index gives away: {threads} threads, {entries} words in threads")
    key = random.Random(2).randbytes(32)
    for bits in BITS:
        attack_tags(words, known, bits, key)
    attack_segments(words, known)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=20_000)
    report(parser.parse_args().threads)


if __name__ == "__main__":
    main()
