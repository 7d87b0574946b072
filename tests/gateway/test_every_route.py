"""Every route of the gateway, which knows no roles: called by somebody who has signed nothing."""

from __future__ import annotations

from tests.gateway.helpers import message_fields
from tests.support.canary import Canary, scan_bytes
from tests.support.house import ANNA, LINE, MESSAGE_PATH, STATUS_PATH, House

NUMBERS = [Canary("a resident's number", ANNA, "number"), Canary("the line's", LINE, "number")]
# What an unsigned GET and an unsigned POST are answered. A new route belongs here, with a reason.
UNSIGNED = {
    MESSAGE_PATH: (405, 403),
    STATUS_PATH: (405, 403),
    "/self-test": (405, 404),
    "/healthz": (200, 405),
    "/readyz": (200, 405),
    # The log, for witnesses; an instance whose records worker never ran has none.
    "/checkpoint": (404, 405),
    "/checkpoint/cosignatures": (405, 400),
    "/log/<turn>/checkpoint/cosignatures": (405, 400),
    "/tile/<path:place>": (404, 405),
    # So are those that go on after it.
    "/log/<turn>/checkpoint": (404, 405),
    "/log/<turn>/tile/<path:place>": (404, 405),
    # For people, who sign nothing. What opens or sends something asks for a sealed field or words.
    "/": (303, 405),
    "/help": (303, 405),
    "/replies": (303, 405),
    "/tip/<slug>": (303, 405),
    "/<any(en, es):language>/": (200, 405),
    "/<any(en, es):language>/help": (200, 405),
    "/<any(en, es):language>/leave": (200, 405),
    "/<any(en, es):language>/leave.css": (200, 405),
    "/<any(en, es):language>/replies": (200, 400),
    "/<any(en, es):language>/replies/delete": (405, 400),
    "/<any(en, es):language>/replies/forget": (405, 400),
    "/<any(en, es):language>/replies/message": (405, 400),
    "/<any(en, es):language>/tip/<slug>": (200, 400),
    "/<any(en, es):language>/tip/<slug>/receipt": (405, 400),
    # Style sheets and pictures.
    "/static/<path:filename>": (200, 405),
    "/static/shared/<path:filename>": (200, 405),
}
# What stands in a path for each of its variables.
SAMPLES = {
    "<any(en, es):language>": "es",
    "<slug>": "police",
    "<turn>": "2-0a1b2c3d",
    "<path:place>": "entries/000",
    "/static/<path:filename>": "/static/public.css",
    "/static/shared/<path:filename>": "/static/shared/palette.css",
}


def sample_of(rule: str) -> str:
    for variable, sample in SAMPLES.items():
        rule = rule.replace(variable, sample)
    return rule


def test_each_route_unsigned(sqlite_house: House) -> None:
    paths = {rule.rule for rule in sqlite_house.app.url_map.iter_rules()}
    assert paths == set(UNSIGNED)
    client = sqlite_house.app.test_client()
    for rule, expected in UNSIGNED.items():
        path = sample_of(rule)
        answers = client.get(path), client.post(path, data=dict(message_fields()))
        assert tuple(answer.status_code for answer in answers) == expected, path
        for answer in answers:
            told = answer.data + str(answer.headers).encode()
            assert scan_bytes(told, NUMBERS, path) == []
            answer.close()
