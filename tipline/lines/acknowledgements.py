"""The texts that the program itself sends, in the languages of residents.

The first answer of a line is proposed here; a line may have its own, in clear, because it is
public.
"""

from __future__ import annotations

from dataclasses import dataclass

from tipline.language.languages import DEFAULT_LANGUAGE
from tipline.language.marking import marked
from tipline.language.translating import sentence


@dataclass(frozen=True, slots=True)
class AutomaticText:
    """A text that the program sends. `segments`: the most that it may need in any language.

    A translation keeps within that by avoiding what is not in the GSM 7-bit alphabet: of Spanish
    á, í, ó, ú are not, but é, ñ, ü, ¿ and ¡ are (3GPP TS 23.038). A test counts.
    """

    english: str
    segments: int

    def in_language(self, language: str) -> str:
        """Return the text in a language; in English where it has none."""
        return sentence(language, self.english)


# California Evidence Code 1040 and 1041 protect what was given in confidence.
FIRST_ANSWER = AutomaticText(
    marked(
        "Thank you. Your tip was received in confidence under an alias. In an emergency call 911. "
        "We may ask questions here. Reply STOP and we can no longer reach you. Your carrier and "
        "the messaging provider know your number; staff here do not see it. "
        "Para español, responda ESPANOL."
    ),
    segments=2,
)
LANGUAGE_CHOSEN = AutomaticText(
    marked("We noted that you prefer English. Para español, responda ESPANOL."), segments=1
)
LANGUAGE_QUESTION = AutomaticText(
    marked("For English, reply ENGLISH. Para español, responda ESPANOL."), segments=1
)
# Added to a first answer. Both together must not need more segments than the answer alone may.
REMOVED_ONE = AutomaticText(marked("We removed 1 personal detail."), segments=1)
REMOVED_MORE = AutomaticText(marked("We removed %(count)d personal details."), segments=1)
AUTOMATIC_TEXTS = (FIRST_ANSWER, LANGUAGE_CHOSEN, LANGUAGE_QUESTION, REMOVED_ONE, REMOVED_MORE)
DEFAULT_ACKNOWLEDGEMENT = FIRST_ANSWER.in_language(DEFAULT_LANGUAGE)


def removed_details(count: int, language: str) -> str:
    """Return how many of the resident's own details were taken out of the message; at least one."""
    if count == 1:
        return REMOVED_ONE.in_language(language)
    return sentence(language, REMOVED_MORE.english, count=count)
