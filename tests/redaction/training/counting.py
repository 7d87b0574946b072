"""Short messages in which something is counted: such numbers are nobody's."""

from __future__ import annotations

import random

from tipline.redaction.lexicon import Role, lines, roles_of
from tipline.redaction.vocabulary import words

THINGS = sorted(
    words(
        "message msg text tip note part page photo picture pic video clip question answer update"
        " reason attempt day night week reply item line step test point fact report mensaje texto"
        " nota parte foto pregunta respuesta dia noche vez intento pagina punto prueba"
    )
)
ANYTHING = [word for word in lines("common.txt") if roles_of(word) == Role.COMMON and len(word) > 2]
WORDINGS = (
    "{thing} {number}", "{thing} {number}", "{thing} {number}", "{thing} #{number}",
    "{thing} no {number}", "{thing} number {number}", "{number} {thing}", "{number} {thing}s",
    "{thing} {number} of {more}", "{thing} {number} de {more}", "{number} of {more}",
    "{number}/{more}", "{thing} {number}/{more}", "({number}/{more}) {thing}",
    "the {number}th {thing}", "this is {thing} {number}", "es {thing} {number}",
    "{thing} {number} {thing} {more}",
)  # fmt: skip
ENDS = ("", "", "", ".", "!", "\n", " ok", "...")


def counted(many: int, seed: int) -> list[str]:
    """So many messages; nothing in them tells who sent them."""
    chance = random.Random(seed)

    def thing() -> str:
        word = chance.choice(THINGS if chance.random() < 0.5 else ANYTHING)
        return chance.choice((word, word, word.capitalize(), word.upper()))

    def number() -> int:
        return chance.randrange(10 ** chance.choice((1, 2, 2, 3, 3, 4)))

    found = []
    for _ in range(many):
        wording = chance.choice(WORDINGS)
        while "{thing}" in wording:
            wording = wording.replace("{thing}", thing(), 1)
        found.append(wording.format(number=number(), more=number()) + chance.choice(ENDS))
    return found
