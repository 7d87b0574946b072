"""A member's desk in a house: what is needed to index and to search a line."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.house import LINE, House
from tipline.lines.bundles import LineBundle
from tipline.lines.directory import LineDirectory
from tipline.lines.keyrings import LineKeyring
from tipline.search.finding import Query, ResultPage, Search
from tipline.search.index import find_threads
from tipline.search.indexer import Indexer
from tipline.search.reading import LineTexts, MoreTexts, no_more_texts
from tipline.threads.appending import StaffMessage, append_signed
from tipline.threads.contents import MessageContent, MessageKind


def texts(
    house: House,
    *bundles: LineBundle,
    line: str = LINE,
    more_texts: MoreTexts = no_more_texts,
) -> LineTexts:
    """What a member with these bundles, or with the line's first, may read."""
    keyring = LineKeyring.of(*(bundles or (house.bundles[line],)))
    return LineTexts(
        house.stores,
        LineDirectory(house.stores.main, house.console_keys.signing.public, house.clock),
        house.console_keys.intake_pin,
        house.bundles[line].line_id,
        keyring,
        more_texts,
    )


def index(house: House, *bundles: LineBundle, line: str = LINE) -> None:
    Indexer(texts(house, *bundles, line=line)).run(compare=True)


def tip(house: House, sender: str, *bodies: str, line: str = LINE) -> str:
    """Text a line; return the alias."""
    for body in bodies:
        assert house.text(sender, body, line=line).status_code == 200
        house.drain_intake()
    return house.threads(line)[0].alias


def note(house: House, alias: str, text: str, kind: MessageKind = MessageKind.NOTE) -> None:
    thread = house.open(LINE, alias)
    content = MessageContent(text, house.clock(), author="member")
    with house.stores.main.begin() as connection:
        append_signed(connection, thread, house.bundles[LINE], StaffMessage.once(kind, content))


def search(house: House, words: str = "", *, line: str = LINE, **more: object) -> ResultPage:
    query = Query(words, **more)
    return Search(house.stores, [texts(house, line=line)], query).page()


def aliases(page: ResultPage) -> list[str]:
    return [result.thread.alias for result in page.results]


def in_index(house: House, word: str, *bundles: LineBundle, line: str = LINE) -> set[str]:
    """The aliases that the index alone gives for a word, before anything is opened."""
    reader = texts(house, *bundles, line=line)
    found = find_threads(
        house.stores.perishable, reader.line_id, reader.keyring, [frozenset([word])]
    )
    return {thread.alias for thread in house.threads(line) if thread.id in found.threads}


def shown(page: ResultPage) -> list[str]:
    """The snippets with [hits] in brackets."""
    return [marked(snippet.pieces) for result in page.results for snippet in result.snippets]


def marked(pieces: Iterable[object]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)
