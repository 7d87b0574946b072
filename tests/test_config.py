"""A wrong setting stops the start with a sentence that names it and repeats nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import config
from config import (
    ConsoleSettings,
    DeliverySettings,
    GatewaySettings,
    InstanceSettings,
    RecordsSettings,
    SettingsError,
)
from tipline.environment import price, public_url

TOKEN, OLD_TOKEN, SECRET = "tok-" + "a1" * 14, "old-" + "b2" * 14, "sec-" + "c3" * 14
ACCOUNT, API_KEY = "AC" + "d4" * 16, "SK" + "e5" * 16
WHOLE = {
    "TIPLINE_HOME": "/srv/tipline",
    "TIPLINE_DATABASE_URL": "postgresql+psycopg://tipline:pw-main@db/main",
    "TIPLINE_PERISHABLE_URL": "postgresql+psycopg://tipline:pw-perishable@db/perishable",
    "TIPLINE_REDIS_URL": "redis://:pw-queue@queue:6379/0",
    "TIPLINE_PUBLIC_URL": "https://tips.example.org",
    "TIPLINE_CONSOLE_URL": "https://staff.example.org",
    "TIPLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
    "TIPLINE_TWILIO_AUTH_TOKEN": TOKEN,
    "TIPLINE_TWILIO_AUTH_TOKEN_PREVIOUS": OLD_TOKEN,
    "TIPLINE_TWILIO_API_KEY_SID": API_KEY,
    "TIPLINE_TWILIO_API_KEY_SECRET": SECRET,
}
PASSWORDS = (TOKEN, OLD_TOKEN, SECRET, "pw-main", "pw-perishable", "pw-queue")
Reader = Callable[[dict[str, str]], object]
PROCESSES: list[Reader] = [
    GatewaySettings.from_environment,
    ConsoleSettings.from_environment,
    DeliverySettings.from_environment,
    RecordsSettings.from_environment,
]
REQUIRED = [
    (GatewaySettings, "TIPLINE_TWILIO_AUTH_TOKEN"),
    (GatewaySettings, "TIPLINE_PUBLIC_URL"),
    (GatewaySettings, "TIPLINE_TWILIO_ACCOUNT_SID"),
    (ConsoleSettings, "TIPLINE_CONSOLE_URL"),
    (DeliverySettings, "TIPLINE_PUBLIC_URL"),
    (DeliverySettings, "TIPLINE_TWILIO_ACCOUNT_SID"),
    (DeliverySettings, "TIPLINE_TWILIO_API_KEY_SID"),
    (DeliverySettings, "TIPLINE_TWILIO_API_KEY_SECRET"),
    (DeliverySettings, "TIPLINE_CONSOLE_URL"),
    (RecordsSettings, "TIPLINE_PUBLIC_URL"),
]
PORTS = ("TIPLINE_GATEWAY_PORT", "TIPLINE_CONSOLE_PORT")
COUNTS = [
    (GatewaySettings, "TIPLINE_GATEWAY_WORKERS"),
    (GatewaySettings, "TIPLINE_GATEWAY_THREADS"),
    (ConsoleSettings, "TIPLINE_CONSOLE_THREADS"),
    (InstanceSettings, "TIPLINE_INTAKE_WORKERS"),
    (InstanceSettings, "TIPLINE_DELIVERY_WORKERS"),
]
NO_URLS = [
    "tips.example.org",
    "//tips.example.org",
    "ftp://tips.example.org",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https://:8443",
    "https://user@tips.example.org",
    "https://user:pw@tips.example.org",
    "https://:pw@tips.example.org",
    "https://@tips.example.org",
    "https://tips.example.org?x=1",
    "https://tips.example.org?",
    "https://tips.example.org/#top",
    "https://tips.example.org#",
    "https://tips.example.org:port",
    "https://tips.example.org:0",
    "https://tips.example.org:99999",
    "https://[::1",
    "https://[hello]",
    "https://tips.exa\nmple.org",
    "https://tips.exa\tmple.org",
    "https://tips.example.org /x",
    "https://tips.example.org\\x",
    "https://tips.example.org\x00",
    "https://tips.example.org\u2003x",
    # Or else a cookie that must be Secure would not be.
    "HTTPS://tips.example.org",
]


def refusal(read: Reader, environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read(environment)
    return str(caught.value)


def test_a_whole_environment_is_read() -> None:
    gateway = GatewaySettings.from_environment(WHOLE)
    assert (gateway.url, gateway.account_sid) == ("https://tips.example.org", ACCOUNT)
    assert gateway.auth_tokens == (TOKEN, OLD_TOKEN)
    assert ConsoleSettings.from_environment(WHOLE).is_secure is True
    delivery = DeliverySettings.from_environment(WHOLE)
    assert (delivery.api_key_sid, delivery.api_key_secret) == (API_KEY, SECRET)
    assert delivery.provider_url == "https://api.twilio.com"


@pytest.mark.parametrize("value", [None, "", "  ", "\n"], ids=["missing", "empty", "spaces", "nl"])
@pytest.mark.parametrize(("process", "name"), REQUIRED)
def test_what_is_missing_or_empty_is_named(
    process: type[GatewaySettings], name: str, value: str | None
) -> None:
    environment = {key: known for key, known in WHOLE.items() if key != name}
    if value is not None:
        environment[name] = value
    said = refusal(process.from_environment, environment)
    assert said.startswith(f"{name} is missing or empty. ")
    assert said.endswith(".")
    for other in WHOLE.values():
        assert other not in said


def test_no_process_asks_for_another_ones_secret() -> None:
    """A broken-into console must find neither the auth token nor the API key."""
    needed = {
        read: {name for process, name in REQUIRED if process.from_environment == read}
        for read in PROCESSES
    }
    for read, names in needed.items():
        read({name: WHOLE[name] for name in names})


@pytest.mark.parametrize("url", NO_URLS, ids=ascii)
def test_what_is_no_plain_url_is_refused_without_being_repeated(url: str) -> None:
    for read, name in (
        (GatewaySettings.from_environment, "TIPLINE_PUBLIC_URL"),
        (ConsoleSettings.from_environment, "TIPLINE_CONSOLE_URL"),
        (DeliverySettings.from_environment, "TIPLINE_TWILIO_BASE_URL"),
    ):
        said = refusal(read, {**WHOLE, name: url})
        assert said == f"{name} must be a URL like https://tips.example.org, and no more."


@settings(max_examples=150)
@given(
    st.text(max_size=20), st.sampled_from(["", "https://", "http://", "https://[", "https://h:"])
)
@example("²", "https://h:")
@example("::ffff", "https://[")
def test_whatever_is_set_the_answer_is_a_url_or_the_sentence(typed: str, start: str) -> None:
    try:
        url = public_url({"URL": start + typed}, "URL")
    except SettingsError as error:
        sentence = str(error)
        assert sentence.startswith("URL ")
        assert len(typed) < 4 or typed not in sentence
    else:
        assert url.startswith(("https://", "http://"))
        assert not set("@?#\n\r\t ") & set(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.1:8001"])
def test_http_is_allowed_on_this_machine(host: str) -> None:
    console = ConsoleSettings.from_environment({"TIPLINE_CONSOLE_URL": f"http://{host}/"})
    assert console.url == f"http://{host}"
    assert console.is_secure is False


@pytest.mark.parametrize(
    "host",
    [
        "tips.example.org",
        "10.0.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "localhost.example.org",
        "127.0.0.1.example.org",
        "[::2]",
        "2130706433",
    ],
)
def test_http_is_refused_for_any_other_host(host: str) -> None:
    said = refusal(ConsoleSettings.from_environment, {"TIPLINE_CONSOLE_URL": f"http://{host}"})
    assert said == "TIPLINE_CONSOLE_URL must start with https:// unless it stays on this machine."


def test_the_provider_is_not_called_over_http_either() -> None:
    environment = {**WHOLE, "TIPLINE_TWILIO_BASE_URL": "http://api.example.org"}
    said = refusal(DeliverySettings.from_environment, environment)
    assert said.startswith("TIPLINE_TWILIO_BASE_URL must start with https://")


def test_a_trailing_slash_does_not_change_what_is_signed() -> None:
    environment = {**WHOLE, "TIPLINE_PUBLIC_URL": " https://tips.example.org/ "}
    assert GatewaySettings.from_environment(environment).url == "https://tips.example.org"


NO_NUMBERS = ["0", "-1", "+1", "1.5", "x", "٣x", "²", "1e3", "0x10", "9" * 5000]


@pytest.mark.parametrize("name", PORTS)
@pytest.mark.parametrize("value", [*NO_NUMBERS, "65536", "99999"], ids=lambda value: value[:6])
def test_what_is_no_port_is_refused(name: str, value: str) -> None:
    said = refusal(InstanceSettings.from_environment, {name: value})
    assert said == f"{name} must be a port number from 1 to 65535."


def test_ports_are_read_and_have_defaults() -> None:
    ports = InstanceSettings.from_environment(
        {"TIPLINE_GATEWAY_PORT": "1", "TIPLINE_CONSOLE_PORT": " 65535 "}
    )
    assert (ports.gateway_port, ports.console_port) == (1, 65535)
    ports = InstanceSettings.from_environment({"TIPLINE_GATEWAY_PORT": ""})
    assert (ports.gateway_port, ports.console_port) == (8000, 8001)


@pytest.mark.parametrize(("process", "name"), COUNTS)
@pytest.mark.parametrize("value", [*NO_NUMBERS, "65"], ids=lambda value: value[:6])
def test_what_is_no_number_of_threads_is_refused(
    process: type[GatewaySettings], name: str, value: str
) -> None:
    said = refusal(process.from_environment, {**WHOLE, name: value})
    assert said == f"{name} must be a whole number from 1 to 64."


def test_a_home_too_deep_for_a_socket_is_refused_unless_the_queue_is_elsewhere() -> None:
    """Valkey would refuse to start, or cut the path, long after the instance was created."""
    tail = "/run/valkey.sock"
    fitting = "/" + "h" * (99 - len(tail))
    kept = InstanceSettings.from_environment({"TIPLINE_HOME": fitting})
    assert kept.redis_url == f"unix://{fitting}{tail}"
    assert len(fitting + tail) == 100
    said = refusal(InstanceSettings.from_environment, {"TIPLINE_HOME": fitting + "h"})
    assert said.startswith("TIPLINE_HOME is too deep for a Unix socket")
    assert "hhh" not in said
    elsewhere = {"TIPLINE_HOME": fitting + "h", "TIPLINE_REDIS_URL": "redis://queue:6379/0"}
    assert InstanceSettings.from_environment(elsewhere).redis_url == "redis://queue:6379/0"


def test_stores_lie_in_the_home_unless_told_otherwise(tmp_path: Path) -> None:
    here = InstanceSettings.from_environment({"TIPLINE_HOME": str(tmp_path)})
    assert here.database_url == f"sqlite:///{tmp_path}/main.sqlite3"
    assert here.perishable_url == f"sqlite:///{tmp_path}/perishable.sqlite3"
    assert here.keys == tmp_path / "keys"
    there = InstanceSettings.from_environment(WHOLE)
    assert there.database_url == WHOLE["TIPLINE_DATABASE_URL"]
    assert there.perishable_url == WHOLE["TIPLINE_PERISHABLE_URL"]


def test_printing_settings_shows_no_password() -> None:
    for read in (InstanceSettings.from_environment, *PROCESSES):
        shown = repr(read(WHOLE)) + str(read(WHOLE))
        assert "/srv/tipline" in shown
        for password in PASSWORDS:
            assert password not in shown


def test_the_banner_is_the_configured_one_or_a_sensible_one() -> None:
    assert "authorized staff only" in ConsoleSettings.from_environment(WHOLE).banner
    own = {**WHOLE, "TIPLINE_BANNER": "  Only\n for   us. "}
    assert ConsoleSettings.from_environment(own).banner == "Only for us."
    for wrong in ("x" * 2001, "right\u202eleft"):
        with pytest.raises(SettingsError) as refusal:
            ConsoleSettings.from_environment({**WHOLE, "TIPLINE_BANNER": wrong})
        assert "TIPLINE_BANNER must be plain text" in str(refusal.value)
        assert wrong not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", None), (" 0.0083 ", Decimal("0.0083")), ("0", Decimal(0)), ("12.5", Decimal("12.5"))],
    ids=["none", "usual", "free", "dear"],
)
def test_a_segments_price(value: str, expected: Decimal | None) -> None:
    assert price({"TIPLINE_SEGMENT_PRICE": value}, "TIPLINE_SEGMENT_PRICE") == expected


@pytest.mark.parametrize("value", ["-1", "1e3", "$0.01", "0,01", "NaN", "100", "0.1234567", "٣"])
def test_what_is_no_price(value: str) -> None:
    with pytest.raises(config.SettingsError, match="TIPLINE_SEGMENT_PRICE must be a price"):
        price({"TIPLINE_SEGMENT_PRICE": value}, "TIPLINE_SEGMENT_PRICE")


ONION = "http://" + "a2" * 28 + ".onion"


@pytest.mark.parametrize(("value", "expected"), [("", ""), (ONION, ONION), (f" {ONION}/ ", ONION)])
def test_the_address_in_tor(value: str, expected: str) -> None:
    read = GatewaySettings.from_environment({**WHOLE, "TIPLINE_ONION_URL": value})
    assert read.onion_url == expected


@pytest.mark.parametrize(
    "value",
    [
        "a2" * 28 + ".onion",
        "http://short.onion",
        ONION.replace("a2", "a1"),
        ONION.upper(),
        f"{ONION}/path",
        f"{ONION}:80",
        f"{ONION}\r\nX-Other: 1",
        "https://tips.example.org",
    ],
)
def test_what_is_no_address_in_tor_is_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(SettingsError, match="TIPLINE_ONION_URL") as refused:
        GatewaySettings.from_environment({**WHOLE, "TIPLINE_ONION_URL": value})
    assert value not in str(refused.value)
