"""Whose a detail is, by the words before it: from the detail outwards, the nearest cue."""

from __future__ import annotations

from typing import Final

from tipline.redaction.carried import called_from_another, of_a_thing
from tipline.redaction.contact_names import name_alone
from tipline.redaction.cues import ID_WORDS, IS, OTHER, REACHED, SENDER, UNKNOWN, Owner
from tipline.redaction.document import HARD, NONE, SOFT, Document
from tipline.redaction.lexicon import Role, roles_of
from tipline.redaction.speech import THIRD, reported, subject_is_other
from tipline.redaction.vocabulary import words

_AT: Final = words("at al on en")
_I_LEAVE_YOU: Final = words(
    "dejo doy paso mando escribo digo hablo pido pongo dicto comparto reporto informo cuento"
)
_CALL_HIM: Final = words(
    "llamale llamenle marcale marquenle hablale hablenle escribele mandale mandenle textale"
)
_LINKS: Final = ID_WORDS | Role.LINK | Role.PLATFORM
_REACH: Final = 24  # words; nobody's cue is farther from what it owns
_PREPOSITIONS: Final = words(
    "from using on off with use uses via through at desde del de al con en"
)
_CALLING: Final = words(
    "calling texting writing messaging emailing txting llamando marcando escribiendo"
    " hablando textin callin"
)
_ADDRESSED: Final = words("bro man dude guys boss jefe wey guey senor amigo compa friend")
_LEFT: Final = words("dejo left gave dio")
_GAVE: Final = words("gave gives dio dieron")
_POLITE: Final = words("ordenes servidor servidora ayuda atencion tiempo")
_BY: Final = words("by por")
_USES: Final = words("used uses using usa usaba uso usan called calls texted texts answers")
_NO_CALL: Final = words("get line phone")
_MESSAGES: Final = words("mensaje mensajes llamada llamadas")
_FROM: Final = words("del de desde from")
_SENT: Final = words(
    "sent posted submitted writing posting connecting typed escribo mando envio escribi enviado"
    " mande conecto enviando escribiendo publique sending browsing"
)
_ANYBODY: Final = words("whoever quien anyone anybody someone alguien they")
_WANTS: Final = words("wants want needs need reads gets quiera quiere needs ask asks")
_KNOWS_NOT: Final = words("doesn't doesnt don't dont isn't can't cant never won't wont no")
_SITES: Final = words("app site website pagina server game channel grupo group")
_IT_IS: Final = words("it's that's what's here's there's today's company's let's who's where's")


class Before:
    """The words before a detail, from it outwards."""

    def __init__(self, document: Document, first: int, kind: int) -> None:
        self.document = document
        self.first = first
        self.kind = kind
        self.loose = 0  # words passed that bind nothing
        self.named = False  # a word passed that names this kind of detail
        self.crossed = 0

    def decide(self) -> Owner:
        """Return whose the detail is, as far as the words before it tell."""
        document = self.document
        if self.kind & Role.PHONE and called_from_another(document, self.first):
            return OTHER
        for index in range(self.first - 1, max(-1, self.first - _REACH), -1):
            if document.breaks[index + 1] == HARD:
                return self._listed(index + 1)
            self.crossed += document.breaks[index + 1] == SOFT
            found = self._cue(index, document.roles[index])
            if found is not UNKNOWN:
                return found
            self._pass(document.roles[index])
        return self._listed(0) if self.first < _REACH else UNKNOWN

    def _listed(self, start: int) -> Owner:
        """Decide for the field of a list: Suspect: Rex Dolan, DOB ..., phone ..."""
        if "aka" in self.document.words[start : start + 4]:
            return OTHER
        person = self.document.role(start) & Role.PERSON
        return OTHER if person and ":" in self.document.gap(start + 1) else UNKNOWN

    def _pass(self, role: int) -> None:
        if role & self.kind:
            self.named = True
        if not role & _LINKS and not (role & Role.VEHICLE and self.kind & Role.PLATE):
            self.loose += 1

    def _cue(self, index: int, role: int) -> Owner:
        if self.loose == 0 and self._by(index):
            return OTHER
        if role & Role.CONTACT_ME and self.loose > 4 and self.kind & Role.HANDLE:
            return UNKNOWN
        if role & Role.CONTACT_ME:
            return OTHER if reported(self.document, index) else SENDER
        if role & Role.MINE and self.loose < 3:
            return self._mine_too(index)
        if role & Role.MY:
            return self._mine(index)
        if role & Role.ME and index == self.first - 2 and self.document.words[index + 1] in _AT:
            return SENDER
        return self._me(index) if role & Role.ME else self._another(index, role)

    def _by(self, index: int) -> bool:
        """Tell whether "by" stands right before: hit by ..., phished by ..."""
        if self.document.words[index] not in _BY:
            return False
        if not self.kind & REACHED:
            return True
        done = self.document.word(index - 1)
        return self.kind & Role.EMAIL != 0 and done.endswith(("ed", "ado", "ada", "gotten"))

    def _mine_too(self, index: int) -> Owner:
        """Decide for "mine": not where it says whose the detail before is: $a is mine, $b ..."""
        document = self.document
        if document.role(index - 1) & Role.BLOCK:
            return UNKNOWN
        said = document.word(index - 1) in ("is", "es") and document.breaks[index + 1] == SOFT
        return UNKNOWN if said and self.kind & Role.HANDLE else SENDER

    def _dealers(self, index: int) -> bool:
        """Tell whether a dealer's phone stands here, "trap phone", or "llamale": call him."""
        document = self.document
        if document.words[index] in _CALL_HIM:
            return self.loose <= 1
        own = document.role(index - 1) & Role.MY or document.word(index - 1) in ("this", "a")
        return document.words[index] in ("burner", "trap") and self.loose <= 1 and not own

    def _another(self, index: int, role: int) -> Owner:
        if self.kind & REACHED and self._dealers(index):
            return OTHER
        addressed = role & Role.PERSON and self.document.word(index) in _ADDRESSED
        if addressed and self.document.role(index - 1) & (Role.ME | Role.CONTACT_ME):
            return UNKNOWN
        if role & Role.HIS and self.document.word(index + 1) in _SITES:
            return UNKNOWN
        if role & Role.HIS and not self._polite(index):
            return OTHER if self.named or self.loose <= 2 else UNKNOWN
        named = role & Role.CONTACT and self.document.word(index - 1) == "se"
        if role & Role.CONTACT and not named and self.document.word(index) not in _NO_CALL:
            return self._contact(index)
        return self._person(index, role)

    def _polite(self, index: int) -> bool:
        """Tell whether "su" is the reader's: quedo a sus ordenes, su seguro servidor."""
        after = (self.document.word(index + 1), self.document.word(index + 2))
        return after[0] in _POLITE or after[1] in ("servidor", "servidora")

    def _mine(self, index: int) -> Owner:
        document = self.document
        if document.word(index) == "mi" and document.role(index - 1) & Role.STREET:
            return UNKNOWN
        if reported(document, index):
            return OTHER
        for after in range(index + 1, min(index + 4, self.first)):
            if self._person_at(after):
                near = self.loose < (8 if self.named and not self.kind & REACHED else 4)
                far = self.named and self.kind & REACHED
                return self._through(index) if near or far else UNKNOWN
            if document.roles[after] & Role.FAMILY and not document.roles[after] & Role.LINK:
                return SENDER if self.kind & (Role.PHONE | Role.EMAIL) else OTHER
        if self.kind & Role.PHONE or self.loose <= (4 if self.named else 1):
            return SENDER
        return UNKNOWN

    def _person_at(self, index: int) -> bool:
        """Tell whether "my" goes on with a person: not "my teacher id"."""
        role = self.document.roles[index]
        if not role & Role.PERSON or role & ID_WORDS:
            return False
        number = self.kind & (Role.ACCOUNT | Role.DL) and index + 1 < self.first
        joined = number and self.document.breaks[index + 1] == NONE
        return not (joined and self.document.roles[index + 1] & ID_WORDS)

    def _through(self, index: int) -> Owner:
        """Decide for "my friend" or "my neighbor": theirs, unless the sender is reached there."""
        asked = any(
            self.document.role(before) & Role.CONTACT for before in range(max(0, index - 3), index)
        )
        told = subject_is_other(self.document, index)
        return SENDER if asked and not told else OTHER

    def _me(self, index: int) -> Owner:
        document = self.document
        for before in range(index - 1, max(-1, index - 6), -1):
            role = document.roles[before]
            if document.breaks[before + 1] == HARD:
                break
            if document.words[before] in _GAVE and index - before == 1:
                return OTHER
            if role & Role.CONTACTED and not role & Role.CONTACT:
                return OTHER if self.loose == 0 else UNKNOWN
            if role & Role.CONTACT:
                return OTHER if reported(document, before) else SENDER
        after = document.role(index + 1)
        if after & Role.CONTACTED and document.word(index) in ("me", "nos"):
            return self._called_me(index)
        if after & (Role.CONTACT | Role.CONTACTED) or document.word(index + 1).endswith("ar"):
            return SENDER
        bound = index == self.first - 1 or self.named or self.kind & Role.GEO
        return SENDER if self.loose == 0 and bound else UNKNOWN

    def _called_me(self, index: int) -> Owner:
        """Decide for "me llamaron del 209..." against "me llaman al 209...", "me marca al"."""
        if self.document.word(self.first - 1) in ("al", "a") or "?" in self.document.gap(index):
            return SENDER
        return OTHER

    def _contact(self, index: int) -> Owner:
        """Decide for "call 209...": the sender, unless others are told to, or the sender called."""
        document = self.document
        if document.word(index + 1) in ("from", "de", "del") and self.loose == 0:
            return SENDER if document.word(index - 1) in ("i", "can") else OTHER
        if self.loose > 1 or document.roles[index] & self.kind & Role.EMAIL:
            return UNKNOWN
        if document.word(index + 2) in ("ustedes", "usted", "you") and self.loose:
            return UNKNOWN
        passive = document.word(index - 1) == "be"
        for before in range(index - 1, max(-1, index - 6), -1):
            role = document.roles[before]
            if document.breaks[before + 1] == HARD:
                break
            if passive and role & Role.I:
                return SENDER
            if role & THIRD or document.word(before) in (
                "i",
                "buy",
                "comprar",
                "order",
                "score",
                "cop",
            ):
                return OTHER
        return OTHER if reported(document, index) else SENDER

    def _person(self, index: int, role: int) -> Owner:
        document = self.document
        by = self.document.word(self.first - 1) in ("from", "del", "desde")
        if role & Role.CONTACTED and (self.loose == 0 or (by and self.loose <= 2)):
            return self._called(index)
        if role & Role.ADVERT and self.kind & (Role.PHONE | Role.EMAIL | Role.HANDLE):
            return OTHER if self.loose <= 3 else UNKNOWN
        if role & Role.DEED and self.named and not role & Role.LINK:
            uses = document.words[index] in ("uses", "used", "usa") and self.loose <= 4
            if uses or (self.loose == 0 and self.kind & (Role.PHONE | Role.EMAIL)):
                return OTHER
        if self._de_el(index) or (
            role & self.kind & REACHED and of_a_thing(document, index, self.first)
        ):
            return OTHER
        return self._someone(index, role)

    def _de_el(self, index: int) -> bool:
        """Tell whether it is "de el" of a person: el de el es 209..."""
        document = self.document
        if document.word(index) != "el" or document.word(index - 1) != "de":
            return False
        return index + 1 == self.first or document.word(index + 1) in IS

    def _someone(self, index: int, role: int) -> Owner:
        document = self.document
        issued = self.kind & (Role.ACCOUNT | Role.DL)
        if role & Role.PERSON and issued and (role & ID_WORDS or not self._person_at(index)):
            return UNKNOWN
        if role & (Role.HE | Role.PERSON) or self._name(index, role):
            return self._theirs(index)
        if role & Role.I and self.kind & (Role.HANDLE | Role.GEO):
            return self._i_am(index)
        if document.word(index) in _LEFT and self.named:
            told = document.word(index - 1) in ("le", "les", "i", "os")
            return UNKNOWN if told else OTHER
        if self.kind & Role.IP and self._sends(index, role):
            return SENDER
        if role & Role.I and self.loose == 0 and not self.kind & (Role.PLATE | Role.ADDRESS):
            return SENDER
        return SENDER if self.loose == 0 and document.taken[index] == "NAME" else UNKNOWN

    def _i_am(self, index: int) -> Owner:
        """Decide for "I'm tay_0142 on snap", "I go there as ...", "estoy en 37.6, -120.9"."""
        if self.kind & Role.GEO:
            here = self.document.words[index] in ("estoy", "i'm", "im", "we're", "i")
            return SENDER if here and self.loose <= 2 else UNKNOWN
        near = self.loose == 0 or self.document.word(self.first - 1) in ("as", "como")
        return SENDER if near and self.loose <= 3 else UNKNOWN

    def _sends(self, index: int, role: int) -> bool:
        """Tell whether "I post from", "sent from IP", "escribo desde la ip" stands before."""
        document = self.document
        from_there = any(
            document.words[i] in ("from", "on", "desde", "de", "via", "through")
            for i in range(max(index, self.first - 4), self.first)
        )
        opens = document.words[index] in _SENT and not subject_is_other(document, index)
        return from_there and self.loose <= 3 and bool(role & Role.I or opens)

    def _called(self, index: int) -> Owner:
        """Decide for "called from": the sender's where it is the sender who is calling now."""
        document = self.document
        if document.word(index + 1) in ("al", "a") and document.word(index - 1) in ("me", "nos"):
            return SENDER
        if document.words[index] in _MESSAGES and document.word(self.first - 1) not in _FROM:
            return UNKNOWN
        near = range(max(0, index - 3), index)
        if any(document.role(before) & Role.ME for before in near):
            return OTHER
        if document.word(index) in _CALLING and not subject_is_other(self.document, index):
            return SENDER
        return OTHER

    def _theirs(self, index: int) -> Owner:
        """Decide for a person without "his": bound by a word for the detail, or by "from"."""
        document = self.document
        if document.taken[index]:
            return SENDER if self.loose == 0 else UNKNOWN
        if self._aside(index) if self.kind & REACHED else self._done_by(index):
            return UNKNOWN
        contact = self.kind & REACHED
        named = not document.role(index) & (Role.HE | Role.PERSON)
        if contact and named and name_alone(document, index, self.first, named=self.named):
            return UNKNOWN
        return self._bound(index, contact)

    def _bound(self, index: int, contact: int) -> Owner:
        document = self.document
        if self.kind & (Role.SSN | Role.DOB) and self.loose <= 6:
            return OTHER
        if document.role(index - 1) & self.kind and self.loose <= 3:
            return OTHER  # the number he uses is ...
        if contact and document.word(index + 1) in _USES and self.loose <= 2:
            return OTHER
        if self.loose == 0 and (self.crossed == 0 or self.named or index == self.first - 1):
            return OTHER
        if self.loose <= 2 and (self.named or not self.kind & (Role.PHONE | Role.EMAIL)):
            return OTHER
        by = document.word(self.first - 1) in _PREPOSITIONS and not self.crossed
        return OTHER if by and self.loose <= 4 else UNKNOWN

    def _done_by(self, index: int) -> bool:
        """Tell whether a person only did something to it: my social was used by Rex: 987..."""
        document = self.document
        by = any(document.word(i) in ("by", "por", "to", "a") for i in (index - 1, index - 2))
        return by and any(
            document.roles[i] & self.kind and document.role(i - 1) & Role.MY
            for i in range(max(1, index - 10), index)
        )

    def _aside(self, index: int) -> bool:
        """Tell whether a person is named in passing: a phone he doesn't know, whoever wants ..."""
        document = self.document
        after = document.word(index + 1)
        if document.words[index] in _ANYBODY and after in _WANTS:
            return True
        if document.words[index] in ("le", "les") and after in _I_LEAVE_YOU:
            return True
        talks = any(
            document.words[i] in ("ustedes", "usted", "you") for i in range(index + 1, self.first)
        )
        return talks or after in _KNOWS_NOT

    def _possessive(self, index: int, role: int) -> bool:
        """Tell whether "tank's email" names an owner; "my sponsor's phone" is decided by "my"."""
        word = self.document.words[index]
        if not word.endswith("'s") or not self.named or role & ~Role.COMMON or word in _IT_IS:
            return False
        return not self.document.role(index - 1) & Role.MY

    def _name(self, index: int, role: int) -> bool:
        document = self.document
        if role & Role.FIRST:
            return True
        if self.kind & (Role.CARD | Role.ACCOUNT):
            return False  # Wells Fargo account ...
        word = document.words[index]
        if word.endswith("s") and not role and roles_of(word[:-1]) & Role.FIRST and self.named:
            return True
        if self._possessive(index, role):
            return True
        if document.role(index + 1) & Role.STREET or len(word) < 2:
            return False
        return not role and document.capital(index) and not document.hard(index)
