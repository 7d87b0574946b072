"""Somebody who writes just while nothing can be kept, and is told so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.support.carrier_signature import Fields
from tests.support.plain_words import in_words
from tests.system.faults.pacing import PATIENCE_SECONDS
from tests.system.faults.residents import KEPT, NOT_KEPT, Texter, WebTipster
from tests.system.faults.traffic import Traffic, name_at
from tests.system.waiting import until

FORMS = 3


class Witness:
    """A resident by text and some by web, whose form is open already when the fault begins."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._texter: Texter = traffic.texter(0)
        self._forms = [self._open_form() for _ in range(FORMS)]
        self._unsent: tuple[str, Fields] | None = None

    def is_refused(self, before: Callable[[], None] = lambda: None) -> None:
        """Write until it was refused with 503, by text and by web. `before` each try."""
        with ThreadPoolExecutor(2) as pool:
            ways = (self._is_text_refused, self._is_form_refused)
            for each in [pool.submit(self._until, tried, before) for tried in ways]:
                each.result()

    def goes_on(self) -> None:
        """Send again, now that it can be kept, what was refused."""
        assert self._unsent is not None
        self._texter.send(*self._unsent)
        for tipster, form in self._forms:
            (text,) = tipster.texts
            tipster.send(text, form)
            tipster.acknowledged.append(text)

    def _until(self, tried: Callable[[], bool], before: Callable[[], None]) -> None:
        def is_refused() -> bool:
            before()
            return tried()

        until(is_refused, "something is refused with 503", PATIENCE_SECONDS)

    def _is_text_refused(self) -> bool:
        texter = self._texter
        if self._unsent is None:
            text = f"{name_at(texter.number)} says {in_words(len(texter.texts))}"
            texter.texts.append(text)
            self._unsent = text, texter.fields(text)
        text, fields = self._unsent
        status = texter.provider.try_post(fields)
        if status == KEPT:
            # There was still room for it.
            texter.acknowledged.append(text)
            self._unsent = None
        return status == NOT_KEPT

    def _open_form(self) -> tuple[WebTipster, dict[str, str]]:
        tipster = self._traffic.tipster(1)
        return tipster, tipster.form()

    def _is_form_refused(self) -> bool:
        if not self._forms:
            # A full disk has room as long as SQLite's log writes over what it holds already.
            self._forms.append(self._open_form())
        tipster, form = self._forms[0]
        (text,) = tipster.texts
        status, page = tipster.ask(
            "POST", f"/en/tip/{tipster.slug}", {**form, "what": text, "danger": "no"}
        )
        if status == KEPT:
            self._keep(self._forms.pop(0)[0], page)
        if status == NOT_KEPT:
            assert text in page, "what was written is shown back"
        return status == NOT_KEPT

    def _keep(self, tipster: WebTipster, page: str) -> None:
        tipster.note_receipt(page)
        tipster.acknowledged.extend(tipster.texts)
