"""What members of staff write: call-ins, notes, drafts, case files, searches and saved filters."""

from __future__ import annotations

import re

from tests.gateway.web.helpers import fields_of
from tests.system.planted.values import (
    ADDRESS,
    CALLED_IN,
    CASE_NUMBER,
    DRAFT,
    FILTER,
    HEADERS,
    NOTE,
    SEARCH,
    TAG,
)
from tests.system.staff import Desk, hidden

LINE = "/lines/police-tips"
TOKEN = re.compile(r'name="(?:token|csrf_token)" value="([^"]+)"')


class Caseworker:
    """A member at a desk, who writes planted values wherever something can be written."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.session.headers.update(HEADERS)
        self.tokens: set[str] = set()

    def take_a_call(self) -> str:
        """Keep a caller's tip; the words that are read out."""
        action = f"{LINE}/call"
        fields = self._form(action, action)
        refused = self.desk.post(action, {**fields, "text": CALLED_IN, "danger": ADDRESS})
        assert refused.status_code == 400
        answer = self.desk.post(action, {**fields, "text": CALLED_IN, "danger": "yes"})
        assert answer.status_code == 200, answer.text
        words = re.findall(r"<li>(\w+)</li>", answer.text)
        assert len(words) == 7
        return " ".join(words)

    def work_on(self, path: str) -> None:
        """Note, file and draft something in a thread."""
        note = self._form(path, f"{path}/note")
        assert self.desk.post(f"{path}/note", {**note, "note": NOTE}).status_code == 303
        assert self.desk.post(f"{path}/note", {**note, "note": NOTE * 300}).status_code == 400
        case = self._form(f"{path}/case", f"{path}/case")
        written = {**case, "tags": TAG, "case_number": CASE_NUMBER, "outcome": "arrest"}
        written |= dict.fromkeys(
            ("arrests", "cases_cleared", "property_dollars", "narcotics_dollars", "weapons"), "1"
        )
        wrong = {**written, "related": TAG, "arrests": NOTE}
        assert self.desk.post(f"{path}/case", wrong).status_code == 400
        saved = self.desk.post(f"{path}/case", written)
        assert saved.status_code == 303, saved.text
        self.draft(path)

    def draft(self, path: str) -> None:
        fields = self.desk.reply_form(path)
        self.tokens |= {fields["csrf_token"], fields["token"]}
        for action, status in (("draft", 303), ("autosave", 204)):
            answer = self.desk.post(f"{path}/{action}", {**fields, "reply": DRAFT})
            assert answer.status_code == status
        assert DRAFT in self.desk.get(path).text

    def search(self, words: str = SEARCH) -> str:
        """Search; the results' page."""
        fields = self._form("/search", "/search")
        wrong = {**fields, "words": words, "first_day": FILTER}
        assert self.desk.post("/search", wrong).status_code == 400
        answer = self.desk.post("/search", {**fields, "words": words})
        assert answer.status_code == 303
        address = answer.headers["Location"]
        self.tokens.add(address.rpartition("/")[2])
        return self.desk.get(address).text

    def save_a_filter(self) -> None:
        token = hidden(self.desk.get("/").text, "csrf_token")
        for name in (FILTER, FILTER * 9):
            answer = self.desk.post("/inbox/filters?who=me", {"csrf_token": token, "name": name})
            assert answer.status_code == 303
        assert FILTER in self.desk.get("/").text

    def give_new_keys(self) -> None:
        """Give the line new keys, as a supervisor does."""
        action = f"{LINE}/new-keys"
        answer = self.desk.post(action, self._form(action, action))
        assert answer.status_code == 303, answer.text

    def cookies(self) -> list[str]:
        return [str(cookie.value) for cookie in self.desk.session.cookies]

    def _form(self, page: str, action: str) -> dict[str, str]:
        shown = self.desk.get(page).text
        self.tokens |= set(TOKEN.findall(shown))
        return fields_of(shown, action)
