"""Made-up values for composed messages: names, numbers, addresses, in the forms people type."""

from __future__ import annotations

import random

STREET_ENDS = [
    "St", "Ave", "Rd", "Dr", "Ln", "Blvd", "Ct", "Way", "Pl", "Street", "Avenue", "Road", "Drive",
    "Lane", "Court", "Circle",
]  # fmt: skip
DIGIT_WORDS = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
}
MONTHS = {
    "en": [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ],
    "es": [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
        "octubre", "noviembre", "diciembre",
    ],
}  # fmt: skip
SPELLING = [
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango",
    "uniform", "victor", "whiskey", "xray", "yankee", "zulu", "adam", "boy", "david", "edward",
    "frank", "george", "henry", "ida", "john", "king", "lincoln", "mary", "nora", "ocean", "paul",
    "queen", "robert", "sam", "tom", "union", "william", "young", "zebra",
]  # fmt: skip


class Values:
    """Makes values up, of the kinds that the slots of the wordings name, as chance has it."""

    def __init__(
        self, names: list[str], firsts: list[str], places: list[str], chance: random.Random
    ) -> None:
        self.random = chance
        self.names, self.firsts, self.places = names, firsts, places

    def of(self, kind: str, lang: str) -> str:
        return str(getattr(self, f"_{kind.lower()}")(lang))

    def digits(self, count: int) -> str:
        return "".join(self.random.choice("0123456789") for _ in range(count))

    def letters(self, count: int) -> str:
        return "".join(self.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(count))

    def _name(self, lang: str) -> str:
        pick = self.random.choice
        first = pick(self.firsts).title() if self.random.random() < 0.6 else pick(self.names)
        last = pick(self.names)
        return pick(
            [
                first, first, first, f"{first} {last}", f"{first} {last}", f"{first} {last}",
                f"{first} {last[0]}.", f"{first[0]}. {last}",
                f"{pick(['Mr.', 'Mrs.', 'Ms.', 'Dr.', 'Don', 'Doña', 'Sr.', 'Sra.'])} {last}",
                f"{first} {pick(self.firsts).title()} {last}", f"{first[0]}.{last[0]}.",
                f"{pick(['el', 'la', 'Big', 'Lil', 'El', 'La'])} {last}", last,
            ]
        )  # fmt: skip

    def _phone(self, lang: str) -> str:
        area, line = self.random.choice(["209", "559", "916", "415", "661", "510"]), self.digits(4)
        middle = "555"
        pick = self.random.choice
        words = DIGIT_WORDS[lang]
        plain = area + middle + line
        return pick(
            [
                *[f"{area}-{middle}-{line}"] * 5, plain, plain, f"({area}) {middle}-{line}",
                f"({area}) {middle}-{line}", f"{area}.{middle}.{line}", f"{area} {middle} {line}",
                f"{area} {middle} {line}", f"{middle}-{line}", f"+1 {area} {middle} {line}",
                f"+1-{area}-{middle}-{line}", f"1-{area}-{middle}-{line}", " ".join(plain),
                f"{middle}{line}", "-".join(plain), " ".join(words[int(d)] for d in plain),
                "-".join(words[int(d)] if self.random.random() < 0.5 else d for d in plain),
                f"{area} {middle} {line[:2]} {line[2:]}",
                f"{area}-{middle}-{line} ext {self.digits(2)}",
                f"{area}5550{line[1:]}".replace("0", "O"), f"{area} {middle}{line[:1]} {line[1:]}",
            ]
        )  # fmt: skip

    def _tollfree(self, lang: str) -> str:
        return f"{self.random.choice(['800', '888', '1-800', '877'])}-555-{self.digits(4)}"

    def _lastfour(self, lang: str) -> str:
        return self.digits(4)

    def _email(self, lang: str) -> str:
        pick = self.random.choice
        first, last = pick(self.firsts).lower(), pick(self.names).lower()
        local = pick(
            [
                first,
                f"{first}.{last}",
                f"{first}_{last}",
                f"{first[0]}{last}",
                f"{first}{self.digits(2)}",
                f"{last}{first[0]}",
            ]
        )
        end = pick(["com", "net", "org"])
        dot, at = ("punto", "arroba") if lang == "es" else ("dot", "at")
        return pick(
            [
                *[f"{local}@example.{end}"] * 6, f"{local} @ example.{end}",
                f"{local.replace('.', f' {dot} ').replace('_', f' {dot} ')} "
                f"{at} example {dot} {end}",
                f"{local} ({at}) example ({dot}) {end}", f"{local}[{at}]example.{end}",
            ]
        )  # fmt: skip

    def _address(self, lang: str) -> str:
        pick = self.random.choice
        place, number = (
            pick(self.places),
            self.random.choice([self.digits(3), self.digits(4), self.digits(2)]),
        )
        number = number.lstrip("0") or "7"
        unit = pick(
            [
                "apt",
                "Apt",
                "unit",
                "#",
                "space",
                "Spc",
                "Apt.",
                "apartment",
                "int.",
                "depto",
                "no.",
                "lot",
                "trailer",
                "room",
            ]
        )
        door = pick(
            [self.digits(1), self.digits(2), self.letters(1), f"{self.digits(1)}{self.letters(1)}"]
        )
        street = f"{number} {place} {pick(STREET_ENDS)}"
        return pick(
            [
                street, street, street, f"{number} {place}", f"{number} {place}",
                f"{street} {unit} {door}",
                f"{street}, {unit} {door}",
                f"{number} {pick(['N', 'S', 'E', 'W'])} {place} {pick(STREET_ENDS)}",
                f"{street}, {pick(['Modesto', 'Ceres', 'Turlock', 'Fresno', 'Merced'])}",
                f"{number} {place} {unit} {door}",
                f"{pick(['calle', 'Calle', 'avenida', 'Av.', 'la', 'Privada'])} {place} {number}",
                f"{pick(['calle', 'Calle', 'Av.'])} {place} {number}, {unit} {door}",
                f"PO Box {self.digits(4)}" if lang == "en" else f"{place} {number}",
                f"{number} {self.random.randrange(1, 60)}th {pick(STREET_ENDS)}",
                f"{number} {place} {pick(self.places)} {pick(STREET_ENDS)}",
                f"{unit} {door}",
            ]
        )  # fmt: skip

    def _unit(self, lang: str) -> str:
        pick = self.random.choice
        door = pick(
            [
                self.digits(1),
                self.digits(2),
                self.digits(3),
                f"{self.digits(1)}{self.letters(1)}",
                self.letters(1),
            ]
        )
        unit = pick(
            ["apt", "unit", "#", "space", "room", "apartment", "trailer"]
            if lang == "en"
            else ["depa", "apartamento", "cuarto", "espacio", "traila", "número"]
        )
        return pick([door, f"{unit} {door}", f"{unit} {door}"])

    def _ssn(self, lang: str) -> str:
        a, b, c = f"9{self.digits(2)}", self.digits(2), self.digits(4)
        return self.random.choice(
            [f"{a}-{b}-{c}", f"{a}-{b}-{c}", f"{a}{b}{c}", f"{a} {b} {c}", f"{a}.{b}.{c}"]
        )

    def _dl(self, lang: str) -> str:
        return self.random.choice(
            [
                self.letters(1) + self.digits(7),
                f"{self.letters(1)} {self.digits(7)}",
                self.digits(8),
            ]
        )

    def _plate(self, lang: str) -> str:
        pick = self.random.choice
        a, b, c = self.digits(1), self.letters(3), self.digits(3)
        words = DIGIT_WORDS[lang]
        spelled = [w for w in SPELLING if len(w) > 2]
        return pick(
            [
                *[a + b + c] * 8, f"{a} {b} {c}", f"{a}{b} {c}",
                f"{self.digits(1)}{self.letters(1)}{self.digits(5)}",
                f"{self.letters(2)}{self.digits(5)}", f"{b}-{self.digits(4)}",
                f"{self.digits(5)}{self.letters(1)}{self.digits(1)}",
                f"{words[int(a)]} {pick(spelled)} {pick(spelled)} "
                f"{pick(spelled)} {' '.join(words[int(d)] for d in c)}",
            ]
        )  # fmt: skip

    def _dob(self, lang: str) -> str:
        pick, month = self.random.choice, self.random.randrange(12)
        day, year = self.random.randrange(1, 29), self.random.randrange(1930, 2012)
        named = (
            f"{MONTHS['en'][month]} {day}, {year}"
            if lang == "en"
            else f"{day} de {MONTHS['es'][month]} de {year}"
        )
        return pick(
            [
                f"{month + 1}/{day}/{year}", f"{month + 1:02}/{day:02}/{year}",
                f"{month + 1}-{day}-{year % 100:02}",
                f"{month + 1}/{day}/{year % 100:02}", named, named, named.lower(),
            ]
        )  # fmt: skip

    def _handle(self, lang: str) -> str:
        pick = self.random.choice
        a, b = pick(self.firsts).lower(), pick(self.places + self.names).lower()
        name = pick(
            [
                f"{a}_{b}",
                f"{a}.{b}",
                f"{a}{self.digits(2)}",
                f"{b}{self.digits(3)}",
                f"{a}{b}",
                f"{a}_{self.digits(4)}",
                f"xx{b}xx",
                f"{a}.{a}{self.digits(4)}",
            ]
        )
        return pick(
            [
                name,
                name,
                f"@{name}",
                f"@{name}",
                f"{name}#{self.digits(4)}",
                f"facebook.com/{name}",
                f"u/{name}",
                f"${name}",
            ]
        )

    def _ip(self, lang: str) -> str:
        network = self.random.choice(["203.0.113", "198.51.100", "192.0.2"])
        return f"{network}.{self.random.randrange(255)}"

    def _card(self, lang: str) -> str:
        return self.random.choice(
            [
                "4111 1111 1111 1111",
                "4111111111111111",
                "5555-5555-5555-4444",
                "3782 822463 10005",
                f"ending in {self.digits(4)}",
            ]
        )

    def _account(self, lang: str) -> str:
        pick = self.random.choice
        return pick(
            [
                self.digits(8),
                self.digits(10),
                f"{self.letters(2)}-{self.digits(6)}",
                f"{self.digits(4)}-{self.digits(3)}-{self.digits(2)}",
                f"{self.letters(3)}{self.digits(5)}",
            ]
        )

    def _id(self, lang: str) -> str:
        pick = self.random.choice
        return pick(
            [
                self.digits(4),
                self.digits(5),
                self.digits(6),
                f"{self.letters(1)}{self.digits(6)}",
                f"{self.letters(2)}{self.digits(4)}",
                f"{self.letters(1)}-{self.digits(4)}",
                f"{self.digits(2)}-{self.digits(5)}",
            ]
        )

    def _geo(self, lang: str) -> str:
        north = f"{self.random.randrange(36, 39)}.{self.digits(4)}"
        west = f"{self.random.randrange(118, 122)}.{self.digits(4)}"
        return f"{north}, -{west}"

    def _num(self, lang: str) -> str:
        return self.random.choice([self.digits(1), self.digits(2), self.digits(3), self.digits(4)])

    def _time(self, lang: str) -> str:
        hour = self.random.randrange(1, 13)
        return self.random.choice(
            [f"{hour}:{self.random.randrange(10, 60)}", f"{hour} pm", f"{hour}am", f"{hour}:30 PM"]
        )
