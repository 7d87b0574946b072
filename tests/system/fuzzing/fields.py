"""Forms: for each field what it should hold, or nearly so, or something hostile."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

from tests.support.carrier_signature import inbound_fields, status_fields
from tests.system.fuzzing.values import MARK, raw, text
from tests.system.fuzzing.world import AGES, GATEWAY, PASSWORD, Route, World
from tipline.crypto.receipts import word_list
from tipline.gateway.web.seals import Use

Value = str | bytes
Pairs = list[tuple[str, Value]]

FORM_TOKEN = "ab" * 32
SENDERS = tuple(f"+1209555{7000 + number}" for number in range(40))
# Somebody whose account may be locked: nobody else signs in with it.
LOCKED_OUT = "auditor@example.org"
USES = {
    "public.send_tip": Use.TIP,
    "public.send_message": Use.MESSAGE,
    "public.delete_replies": Use.DELETE,
    "public.forget": Use.FORGET,
}
PUBLIC = (
    "token", "what", "where", "when", "danger", "category", "confirm_url", "switch", "receipt",
    "word3", "word6", "words", "opened", "text", "confirmed",
)  # fmt: skip
STAFF = (
    "csrf_token", "email", "password", "code", "passkey", "challenge", "again", "accepted",
    "sealed", "totp", "then", "reply", "request", "reason", "reference", "role", "name", "thread",
)  # fmt: skip
OWN_NAMES = {
    "public.send_tip": ("token", "what", "where", "when", "danger", "category"),
    "public.check_receipt": ("receipt", "word3", "word6"),
    "public.open_replies": ("words", "text", "opened"),
    "public.send_message": ("opened", "token", "text"),
    "public.delete_replies": ("opened", "token", "confirmed"),
    "public.forget": ("opened", "token", "confirmed"),
    "webhooks.sign_self_test": ("nonce", "moment", "tag"),
    "signing_in.sign_in": ("csrf_token", "email", "password", "code"),
    "enrolling.begin": ("csrf_token", "code", "password", "again", "accepted"),
    "enrolling.confirm": ("csrf_token", "code", "sealed", "totp"),
}
# Fields that are left out of a form because they lead to another page than the one that is meant.
SELDOM = frozenset({"confirm_url", "switch", "passkey"})


class Filler:
    """Fills in the forms of one request."""

    def __init__(self, world: World, rng: random.Random, route: Route, slug: str) -> None:
        self.world, self.rng, self.route = world, rng, route
        self.line_id = dict(zip(world.slugs, world.line_ids, strict=True)).get(slug, "")
        self._makers: dict[str, Callable[[], Value]] = {
            "token": lambda: self._sealed(USES.get(route.endpoint, Use.TIP), self._token()),
            "receipt": lambda: self._sealed(Use.RECEIPT, self._token()),
            "opened": lambda: self._sealed(Use.REPLIES, self._opened(), at_line=False),
            "words": self._words,
            "word3": lambda: rng.choice(word_list()),
            "word6": lambda: rng.choice(word_list()),
            "danger": lambda: rng.choice(("yes", "no", "maybe")),
            "category": lambda: rng.choice(("theft", "drugs", "other", "")),
            "confirmed": lambda: "yes",
            "csrf_token": lambda: FORM_TOKEN,
            "email": lambda: rng.choice((LOCKED_OUT, f"{MARK}@example.org")),
            "password": lambda: rng.choice((PASSWORD, MARK * 8)),
            "again": lambda: PASSWORD,
            "accepted": lambda: "yes",
            "code": lambda: rng.choice((world.invitation, "123456", "A" * 32)),
            "totp": lambda: rng.choice(("000000", "²²²²²²", "١٢٣٤٥٦", "0" * 9000)),
            "sealed": lambda: self._damaged(world.enrolment),
            "passkey": self._passkey,
            "challenge": lambda: b64encode(rng.randbytes(48)).decode(),
            "nonce": lambda: rng.randbytes(16).hex(),
            "moment": lambda: rng.choice(("1", "99999999999", "²", "-1")),
            "tag": lambda: rng.randbytes(32).hex(),
        }

    def form(self) -> Pairs:
        """The fields of this route's form, or of others, and now and then some too many."""
        endpoint = self.route.endpoint
        if endpoint == "webhooks.receive_message":
            return self._edited(self._message())
        if endpoint == "webhooks.receive_status":
            return self._edited(self._status())
        everything = PUBLIC if self.route.site == GATEWAY else STAFF
        names = [*OWN_NAMES.get(endpoint, self.rng.sample(everything, 4))]
        names += [name for name in everything if self.rng.random() < self._chance_of(name)]
        pairs: Pairs = [(name, self.value(name)) for name in names]
        return self._edited([*pairs, (f"x{MARK}", text(self.rng)[:200])], most=1)

    def value(self, name: str) -> Value:
        kind = self.rng.random()
        maker = self._makers.get(name)
        if maker is not None and kind < 0.8:
            return maker()
        return raw(self.rng) if kind > 0.95 else text(self.rng)

    def _chance_of(self, name: str) -> float:
        return 0.02 if name in SELDOM else 0.05

    # -- single fields -----------------------------------------------------------------------

    def _token(self) -> bytes:
        if self.rng.random() < 0.9:
            return self.rng.randbytes(16)
        return self.rng.choice((b"", b"x", b"\xff" * 15, MARK.encode() * 20))

    def _opened(self) -> bytes:
        words = self.rng.choice(self.world.receipts) if self.rng.random() < 0.9 else self._words()
        return words.encode()

    def _sealed(self, use: Use, content: bytes, *, at_line: bool = True) -> str:
        rng, line_id = self.rng, self.line_id if at_line else ""
        if rng.random() < 0.07:
            use = rng.choice(tuple(Use))
        if rng.random() < 0.07:
            line_id = rng.choice((*self.world.line_ids, MARK))
        age = rng.choice(AGES) if rng.random() < 0.15 else timedelta(0)
        field = self.world.sealed(use, content, line_id, age, int(rng.random() < 0.05))
        return self._damaged(field) if rng.random() < 0.1 else field

    def _damaged(self, field: str) -> str:
        place = self.rng.randrange(len(field))
        return self.rng.choice((
            field, field[:place], field + "=", field + "A", field * 2, field[::-1],
            field.swapcase(),
            field[:place] + "_" + field[place + 1 :], field[:place] + MARK + field[place:],
            field + "\0", f" {field} ",
        ))  # fmt: skip

    def _words(self) -> str:
        rng = self.rng
        words = rng.choice((*self.world.receipts, " ".join(rng.sample(word_list(), 7))))
        return rng.choice((
            words, words.upper(), words.replace(" ", ", "), words.replace(" ", "\u200b "),
            words.replace("a", "ａ"), f"1. {words}", f"{words} {MARK}", words[:-2],
            " ".join(words.split()[:6]), words.replace(" ", ""), f"{MARK} {words}"[:300],
            " ".join([MARK] * 7), words.replace("e", "é"), words.replace(" ", "\u202e"),
        ))  # fmt: skip

    def _passkey(self) -> str:
        return self.rng.choice((
            "{}", "[]", "null", "1e999", '{"id": "' + MARK + '"}', "[" * 5000, '"\\ud800"',
            '{"id":"a","rawId":"a","response":{"clientDataJSON":"' + MARK + '"},"type":"a"}',
        ))  # fmt: skip

    # -- the provider's ----------------------------------------------------------------------

    def _message(self) -> Pairs:
        rng, world = self.rng, self.world
        media = [(f"{world.demo.info['simulator_url']}/{MARK}", "image/jpeg")] * rng.choice(
            (0, 0, 2)
        )
        return list(
            inbound_fields(
                text(rng)[:6000],
                sender=rng.choice(SENDERS),
                to=rng.choice(world.numbers),
                media=media,
                message_sid="SM" + rng.randbytes(16).hex(),
                account_sid=world.account["account_sid"],
                extra={"ProfileName": MARK, "FromCity": text(rng)[:400]},
            )
        )

    def _status(self) -> Pairs:
        rng = self.rng
        return list(
            status_fields(
                "SM" + rng.randbytes(16).hex(),
                rng.choice(("delivered", "failed", "undelivered", "sent", "nonsense_word")),
                sender=rng.choice(self.world.numbers),
                to=rng.choice(SENDERS),
                error_code=rng.choice((None, 30003, 99999999)),
                account_sid=self.world.account["account_sid"],
                extra={"ChannelStatusMessage": text(rng)[:400], "x": MARK},
            )
        )

    def _edited(self, pairs: Pairs, most: int = 2) -> Pairs:
        """The same fields with a few of them replaced, doubled, dropped, renamed or added."""
        rng = self.rng
        for _ in range(rng.choice((0, 0, *range(most + 1)))):
            place = rng.randrange(len(pairs))
            name, value = pairs[place]
            other: Value = raw(rng) if rng.random() < 0.2 else text(rng)
            pairs = rng.choice((
                [*pairs[:place], (name, other), *pairs[place + 1 :]],
                [*pairs, (name, other)],
                [*pairs[:place], *pairs[place + 1 :], ("x", MARK)],
                [*pairs[:place], (text(rng)[:40], value), *pairs[place + 1 :]],
                [*pairs, (text(rng)[:40], other)],
            ))  # fmt: skip
        if rng.random() < 0.01:
            pairs += [(f"n{number}", MARK) for number in range(rng.choice((30, 500, 4000)))]
        return pairs
