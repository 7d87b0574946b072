"""What words are known as, listed or not."""

from __future__ import annotations

import pytest

from tipline.redaction import lexicon
from tipline.redaction.lexicon import Role, roles_of, roles_of_all

CONTACT_ME = Role.CONTACT_ME | Role.COMMON


@pytest.mark.parametrize(
    ("word", "roles"),
    [
        ("ana", Role.FIRST),
        ("ana's", Role.FIRST),
        ("zxqvb", 0),
        ("zxqvb's", 0),
        ("mandandome", CONTACT_ME),
        ("mandandome's", 0),
    ],
)
def test_words_that_are_not_listed_are_worked_out(word: str, roles: int) -> None:
    assert roles_of(word) == roles
    assert roles_of_all([word, "my"]) == [roles, roles_of("my")]


def test_no_word_of_a_sender_is_kept() -> None:
    unlisted = ["qvxzb", "qvxzb's", "avisandome"]  # nowhere else in these tests
    assert not lexicon._ROLES.keys() & unlisted
    roles_of_all(unlisted)
    assert not lexicon._ROLES.keys() & unlisted
