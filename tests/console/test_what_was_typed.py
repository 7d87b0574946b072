"""What somebody wrote is shown again when the form cannot be taken, and a long text is taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.console.house import TIPS, House, hidden_fields, thread_path, visible
from tipline.console.sessions import ABSOLUTE_LIMIT

OWN = "http://localhost"
CALL, CANNED = f"/lines/{TIPS}/call", f"/lines/{TIPS}/ready-made-replies"
WORDS = f"/lines/{TIPS}/urgent-words"


@pytest.mark.parametrize("origin", [OWN, "", "https://evil.example"], ids=["own", "none", "other"])
@pytest.mark.parametrize(
    ("where", "fields"),
    [
        (CALL, {"text": "Two men load crates", "danger": "no"}),
        (CANNED, {"title": "Thanks", "text": "We read it", "language": "en"}),
        (WORDS, {"words": "hoodlum"}),
        ("{thread}/case", {"tags": "narcotics", "case_number": "26-0042"}),
        ("{thread}", {"reply": "Where was it?"}),
        ("{thread}/note", {"note": "Call the school"}),
    ],
    ids=["call", "ready-made reply", "urgent words", "case file", "reply", "note"],
)
def test_a_session_that_ended_loses_nothing_of_it(
    house: House, where: str, fields: dict[str, str], origin: str
) -> None:
    path = where.format(thread=thread_path(house.text("A tip")))
    browser = house.signed_in("ann")
    page = browser.get(path.removesuffix("/note"))
    house.clock.move(seconds=(ABSOLUTE_LIMIT + timedelta(minutes=1)).total_seconds())
    data = {**hidden_fields(page.text, path), **fields}
    answer = browser.client.post(path, data=data, headers={"Origin": origin} if origin else {})
    assert answer.status_code == (403 if "evil" in origin else 401)
    shown = visible(answer.text)
    written = [text for name, text in fields.items() if name not in ("danger", "language")]
    assert [text in shown for text in written] == [origin == OWN] * len(written)
    assert data["csrf_token"] not in answer.text


@pytest.mark.parametrize("letter", ["警", "\U0001f6a8"], ids=["three bytes", "four bytes"])
def test_a_note_of_eight_thousand_characters_is_taken(house: House, letter: str) -> None:
    path = thread_path(house.text("A tip"))
    browser = house.signed_in("ann")
    answer = browser.submit(f"{path}/note", browser.get(path), note=letter * 8000)
    assert answer.status_code == 303
    assert letter * 8000 in browser.get(path).text
