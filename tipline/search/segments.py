"""Segments: sealed pieces of a line's word index.

A segment tells, for up to a few thousand threads, which words occur in which of them. Its words
are spread over pages by a keyed tag. All word pages of a segment have the same size, whatever is in
them, and each is encrypted under a key that only the line's members can derive. So whoever copies
the store learns how many threads a segment covers and how much text there was in all; not which
words occur, how often, nor which threads have one in common. docs/decisions says why these are not
truncated tags.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tipline.crypto.aead import decrypt, encrypt
from tipline.crypto.derivation import hkdf
from tipline.crypto.encoding import Context
from tipline.crypto.errors import CannotOpenError
from tipline.crypto.padding import MARK, unpad
from tipline.crypto.tags import keyed_tag
from tipline.lines.bundles import LineBundle

# Number of the page that holds the threads' ids.
CONTENTS = 0
# Small segments have one word page, others 64: what a search for a word reads is one of them.
FEW_THREADS = 32
PAGES_OF_MANY = 64
PAGE_COUNTS = (1, PAGES_OF_MANY)
PAGE_STEP_BYTES = 1024
THREAD_ID_BYTES = 16
ENTRY_END, FIELD_END = "\n", "\t"


@dataclass(frozen=True, slots=True, repr=False)
class SearchKey:
    """The key of a line's index in one generation. Only members hold what it is derived from."""

    line_id: str
    generation: int
    key: bytes

    @classmethod
    def of(cls, bundle: LineBundle) -> SearchKey:
        """Return the search key that belongs to a line's key bundle."""
        key = hkdf(bundle.opening.seed, "search index", bundle.line_id, bundle.generation)
        return cls(bundle.line_id, bundle.generation, key)

    def page_of(self, word: str, pages: int) -> int:
        """Return the number of the page that a word stands on, among `pages` pages.

        Pages of segments with one page and with 64 have different numbers: 1, and 64 to 127.
        """
        tag = keyed_tag(self.key, "search page", word)
        return pages + int.from_bytes(tag[:4], "big") % pages

    def pages_of(self, words: Iterable[str]) -> set[int]:
        """Return all numbers of pages on which one of these words may stand."""
        return {self.page_of(word, count) for word in words for count in PAGE_COUNTS}

    def seal(self, segment_id: str, page: int, content: bytes) -> bytes:
        """Return a page encrypted, bound to its place."""
        return encrypt(self.key, content, self._context(segment_id, page))

    def open(self, segment_id: str, page: int, sealed: bytes) -> bytes:
        """Return a page's content.

        Raises:
            CannotOpenError: another key, another place, or changed bytes.
        """
        return unpad(decrypt(self.key, sealed, self._context(segment_id, page)))

    def _context(self, segment_id: str, page: int) -> Context:
        return Context(f"search page {self.generation}", self.line_id, segment_id, page)


@dataclass(slots=True, repr=False)
class Segment:
    """An opened segment: its threads, and for each word the places of threads in that list."""

    threads: list[str] = field(default_factory=list)
    words: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, words_by_thread: Mapping[str, Iterable[str]]) -> Segment:
        """Return a segment of some threads' words."""
        segment = cls()
        for thread_id, words in words_by_thread.items():
            place = len(segment.threads)
            segment.threads.append(thread_id)
            for word in words:
                segment.words.setdefault(word, []).append(place)
        return segment

    @classmethod
    def merged(cls, parts: Sequence[Segment]) -> Segment:
        """Return one segment with the threads and words of several; a thread may be in many."""
        place_of: dict[str, int] = {}
        places: dict[str, set[int]] = {}
        for part in parts:
            moved = [place_of.setdefault(thread, len(place_of)) for thread in part.threads]
            for word, old in part.words.items():
                places.setdefault(word, set()).update([moved[place] for place in old])
        words = {word: sorted(found) for word, found in places.items()}
        return cls(list(place_of), words)

    def sealed_pages(self, key: SearchKey, segment_id: str) -> dict[int, bytes]:
        """Return all its pages, encrypted; the word pages are of one size."""
        count = 1 if len(self.threads) <= FEW_THREADS else PAGES_OF_MANY
        on_page: dict[int, dict[str, list[int]]] = {count + at: {} for at in range(count)}
        for word, places in self.words.items():
            on_page[key.page_of(word, count)][word] = places
        contents = {page: write_page(words, len(self.threads)) for page, words in on_page.items()}
        size = _rounded(max(map(len, contents.values())))
        padded = {page: _padded(content, size) for page, content in contents.items()}
        ids = b"".join(bytes.fromhex(thread) for thread in self.threads)
        padded[CONTENTS] = _padded(ids, _rounded(len(ids)))
        return {page: key.seal(segment_id, page, content) for page, content in padded.items()}

    @classmethod
    def opened(cls, key: SearchKey, segment_id: str, pages: Mapping[int, bytes]) -> Segment:
        """Return the segment that some encrypted pages are, for merging.

        Raises:
            CannotOpenError: a page is missing or does not open.
        """
        if CONTENTS not in pages or len(pages) - 1 not in PAGE_COUNTS:
            raise CannotOpenError
        segment = cls(thread_ids(key.open(segment_id, CONTENTS, pages[CONTENTS])))
        for number, sealed in pages.items():
            if number != CONTENTS:
                page = WordPage(key.open(segment_id, number, sealed))
                segment.words.update({word: page.places(word) for word in page.words()})
        return segment


class WordPage:
    """An opened word page: a list of words in text form, and after it where they occur.

    An entry is the word, the first byte of its places, and how many places there are (2 bytes
    each); a negative number is the length of a bit map in bytes, which common words have.
    """

    __slots__ = ("_page", "_text_end")

    def __init__(self, page: bytes) -> None:
        """Take the page's content."""
        self._page = page
        self._text_end = 4 + int.from_bytes(page[:4], "big")

    def words(self) -> list[str]:
        """Return the words that stand on it."""
        text = self._page[4 : self._text_end].decode()
        return [entry.split(FIELD_END, 1)[0] for entry in text.split(ENTRY_END) if entry]

    def places(self, word: str) -> list[int]:
        """Return the places of the threads in which a word occurs; none if it does not."""
        wanted = f"{ENTRY_END}{word}{FIELD_END}".encode()
        at = self._page.find(wanted, 4, self._text_end)
        if at < 0:
            return []
        start_of_fields = at + len(wanted)
        fields = self._page[start_of_fields : self._page.index(b"\n", start_of_fields)]
        offset, count = (int(number) for number in fields.split(b"\t"))
        start = self._text_end + offset
        if count < 0:
            bits = bin(int.from_bytes(self._page[start : start - count], "little"))
            return [place for place, bit in enumerate(bits[:1:-1]) if bit == "1"]
        places = array("H", self._page[start : start + 2 * count])
        return list(places)


def write_page(words: Mapping[str, Sequence[int]], threads: int) -> bytes:
    """Return the content of a word page of a segment with so many threads."""
    entries, places = [""], bytearray()
    bitmap_bytes = -(-threads // 8)
    for word in sorted(words):
        found = words[word]
        offset = len(places)
        if 2 * len(found) <= bitmap_bytes:
            places += array("H", found).tobytes()
            count = len(found)
        else:
            places += sum(1 << place for place in found).to_bytes(bitmap_bytes, "little")
            count = -bitmap_bytes
        entries.append(f"{word}{FIELD_END}{offset}{FIELD_END}{count}")
    text = (ENTRY_END.join(entries) + ENTRY_END).encode()
    return len(text).to_bytes(4, "big") + text + bytes(places)


def thread_ids(contents: bytes) -> list[str]:
    """Return the threads' ids on a contents page."""
    text, width = contents.hex(), 2 * THREAD_ID_BYTES
    return [text[at : at + width] for at in range(0, len(text), width)]


def _rounded(length: int) -> int:
    return -(-(length + 1) // PAGE_STEP_BYTES) * PAGE_STEP_BYTES


def _padded(content: bytes, size: int) -> bytes:
    return content + MARK + bytes(size - len(content) - 1)
