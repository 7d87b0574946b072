"""What is known of frequent words: what others they are used like.

Two things, both learned by others from much text: the cluster of a word (`words/clusters.txt`;
words of one cluster stand in like places), and a vector for it (`words/vectors.npz`; like words
have like vectors). By them the network understands words that stood in none of its tips. Where
they come from and under which licences: `words/SOURCES.md`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tipline.redaction.lexicon import WORDS, lines

_STEP: Final = 1 / 32  # vectors are stored in bytes, in steps of this
_FAMILY: Final = 0x3F  # a cluster's first branches


class KnownWords:
    """The words, and what is known of each.

    Attributes:
        vectors: a row a word; the first, and those of words without a vector, are naught.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int, int]] = {}
        for line in lines("clusters.txt"):
            language, cluster, *members = line.split()
            branch, tongue = int(cluster, 16), int(language)
            place = (branch * 4 + tongue * 2 + 1) % 4094 + 1 if branch else 0
            family = (branch & _FAMILY) * 2 + tongue + 1 if branch else 0
            for word in members:
                self._known[word] = (len(self._known) + 1, place, family)
        with np.load(WORDS / "vectors.npz") as stored:
            self.vectors: NDArray[np.float32] = stored["vectors"].astype(np.float32) * _STEP

    def of(self, word: str) -> tuple[int, int, int]:
        """Return a word's row of `vectors`, its cluster and the family of that; 0 if unknown."""
        return self._known.get(word, _UNKNOWN)


_UNKNOWN: Final = (0, 0, 0)


@cache
def known_words() -> KnownWords:
    """Return all words that are known, read once."""
    return KnownWords()
