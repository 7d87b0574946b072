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
}


def test_each_route_unsigned(sqlite_house: House) -> None:
    paths = {rule.rule for rule in sqlite_house.app.url_map.iter_rules()}
    assert paths == set(UNSIGNED)
    client = sqlite_house.app.test_client()
    for path, expected in UNSIGNED.items():
        answers = client.get(path), client.post(path, data=dict(message_fields()))
        assert tuple(answer.status_code for answer in answers) == expected, path
        for answer in answers:
            told = answer.data + str(answer.headers).encode()
            assert scan_bytes(told, NUMBERS, path) == []
