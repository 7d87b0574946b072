"""Where stores and queue are: what cannot be meant stops the start, and no password is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from config import InstanceSettings, SettingsError
from tipline.environment import is_private, with_files

MAIN, PERISHABLE, QUEUE = "TIPLINE_DATABASE_URL", "TIPLINE_PERISHABLE_URL", "TIPLINE_REDIS_URL"
PASSWORD = "hush-hush"
NEARBY = [
    "localhost", "127.0.0.1", "[::1]", "10.1.2.3", "172.16.0.9", "192.168.1.5", "[fd00::7]",
    "postgres", "db_1", "db.internal", "db.office.local", "db.home.arpa",
]  # fmt: skip
FAR = ["db.example.org", "93.184.216.34", "[2606:2800::1]", "2130706433", "0x7f000001", "db.lan"]
CHECKED = ["?sslmode=verify-full", "?sslmode=verify-full&sslrootcert=system", "?sslmode=verify-ca"]
UNCHECKED = ["", "?sslmode=require", "?sslmode=prefer", "?sslmode=disable", "?sslmode=allow"]


def read(**environment: str) -> InstanceSettings:
    return InstanceSettings.from_environment(environment)


def refusal(**environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(**environment)
    said = str(caught.value)
    assert PASSWORD not in said
    assert caught.value.__cause__ is None
    return said


def postgresql(host: str, query: str = "", database: str = "main") -> str:
    return f"postgresql://tipline:{PASSWORD}@{host}/{database}{query}"


@pytest.mark.parametrize("host", NEARBY)
def test_a_database_nearby_needs_no_tls(host: str) -> None:
    url = make_url(read(TIPLINE_DATABASE_URL=postgresql(host)).database_url)
    # psycopg 3, whatever the operator's other programs use.
    assert (url.drivername, url.database, url.password) == ("postgresql+psycopg", "main", PASSWORD)


@pytest.mark.parametrize("query", UNCHECKED)
@pytest.mark.parametrize("host", FAR)
def test_a_database_far_away_must_show_its_certificate(host: str, query: str) -> None:
    for name in (MAIN, PERISHABLE):
        said = refusal(**{name: postgresql(host, query)})
        assert said.startswith(f"{name} leads to another network: add ?sslmode=verify-full")


@pytest.mark.parametrize("query", CHECKED)
def test_a_database_far_away_that_does_is_used(query: str) -> None:
    given = read(TIPLINE_DATABASE_URL=postgresql("db.example.org", query))
    assert make_url(given.database_url).host == "db.example.org"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///main?host=db.example.org",
        "postgresql:///main?host=localhost&host=db.example.org",
        "postgresql:///main?host=localhost,db.example.org",
        "postgresql://localhost/main?hostaddr=93.184.216.34",
    ],
)
def test_a_host_in_the_query_is_a_host(url: str) -> None:
    assert "leads to another network" in refusal(TIPLINE_DATABASE_URL=url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hush-hush@db/main", "postgresql+psycopg2://u:hush-hush@db/main",
        "postgres://u:hush-hush@db/main", "http://db/main", "hush-hush", "sqlite://",
        "sqlite:///:memory:", "postgresql://u:hush-hush@db:port/main",
    ],
)  # fmt: skip
def test_what_is_no_store(url: str) -> None:
    for name in (MAIN, PERISHABLE):
        assert refusal(**{name: url}) == (
            f"{name} must be a URL like postgresql://user:password@host/database or "
            "sqlite:////path/to/file."
        )


@pytest.mark.parametrize(
    "url", [f"postgresql://u:{PASSWORD}@db", f"postgresql://u:{PASSWORD}@db/",
            "postgresql:///main?service=elsewhere"]
)  # fmt: skip
def test_a_store_without_a_database(url: str) -> None:
    said = refusal(TIPLINE_DATABASE_URL=url)
    assert said.startswith("TIPLINE_DATABASE_URL must name a database: ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (postgresql("db"), postgresql("db")),
        (postgresql("db"), "postgresql+psycopg://somebody:else@db/main"),
        (postgresql("db", "?application_name=a"), postgresql("db")),
        ("sqlite:////srv/one.sqlite3", "sqlite:////srv/one.sqlite3"),
    ],
)
def test_the_stores_are_two(one: str, other: str) -> None:
    """A backup that is kept would else hold what destroying relies on."""
    said = refusal(TIPLINE_DATABASE_URL=one, TIPLINE_PERISHABLE_URL=other)
    assert said.endswith("name the same database: the stores must be two.")


def test_two_databases_of_one_server_are_two() -> None:
    both = read(
        TIPLINE_DATABASE_URL=postgresql("db"),
        TIPLINE_PERISHABLE_URL=postgresql("db", database="perishable"),
    )
    assert both.database_url != both.perishable_url


@pytest.mark.parametrize("host", [*NEARBY])
def test_a_queue_nearby_needs_no_tls(host: str) -> None:
    url = f"redis://:{PASSWORD}@{host}:6379/0"
    assert read(TIPLINE_REDIS_URL=url).redis_url == url


@pytest.mark.parametrize("host", FAR)
def test_a_queue_far_away_does(host: str) -> None:
    assert refusal(TIPLINE_REDIS_URL=f"redis://:{PASSWORD}@{host}:6379/0") == (
        "TIPLINE_REDIS_URL must start with rediss:// unless it stays on this machine or in a "
        "private network."
    )
    url = f"rediss://:{PASSWORD}@{host}:6379/0"
    assert read(TIPLINE_REDIS_URL=url).redis_url == url


@pytest.mark.parametrize("query", ["ssl_cert_reqs=none", "ssl_check_hostname=false"])
def test_a_certificate_that_nobody_checks_is_no_certificate(query: str) -> None:
    said = refusal(TIPLINE_REDIS_URL=f"rediss://:{PASSWORD}@q.example.org/0?{query}")
    assert said == "TIPLINE_REDIS_URL must leave the check of the server's certificate on."


@pytest.mark.parametrize(
    "url", ["hush-hush", "http://hush-hush@q", "redis://", "redis://:hush-hush@q:port", "unix://",
            "redis://[hush-hush", "redis://:hush-hush@q:0"]
)  # fmt: skip
def test_what_is_no_queue(url: str) -> None:
    assert refusal(TIPLINE_REDIS_URL=url).startswith("TIPLINE_REDIS_URL must be a URL like rediss")


@settings(max_examples=200)
@given(
    st.sampled_from([MAIN, QUEUE]),
    st.sampled_from(["", "postgresql://", "redis://", "postgresql://u@h:", "redis://["]),
    st.text(max_size=20),
)
def test_whatever_is_set_the_answer_is_settings_or_a_sentence(
    name: str, start: str, typed: str
) -> None:
    try:
        read(**{name: start + typed})
    except SettingsError as error:
        said = str(error)
    else:
        said = "TIPLINE_"
    assert said.startswith("TIPLINE_")
    assert len(typed) < 4 or typed not in said


@given(st.ip_addresses())
def test_an_address_is_private_or_it_is_not(host: object) -> None:
    assert is_private(str(host)) is host.is_private


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{PASSWORD}\n")
    given = {"TIPLINE_X_FILE": str(file), "OTHER_FILE": str(file), "TIPLINE_Y_FILE": " "}
    assert with_files(given) == {
        "TIPLINE_X": PASSWORD, "OTHER_FILE": str(file), "TIPLINE_Y_FILE": " "
    }  # fmt: skip


def test_a_setting_stands_in_one_place(tmp_path: Path) -> None:
    both = {"TIPLINE_X_FILE": str(tmp_path / "x"), "TIPLINE_X": PASSWORD}
    with pytest.raises(SettingsError, match=r"^TIPLINE_X_FILE and the setting that it fills"):
        with_files(both)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "binary"])
def test_a_file_that_cannot_be_read(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "x"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"^TIPLINE_X_FILE names a file that this process"):
        with_files({"TIPLINE_X_FILE": str(file)})


@pytest.mark.parametrize("value", ["localhost", "256.1.1.1", "0.0.0.0:80", "x"])
def test_what_is_no_address_to_listen_on(value: str) -> None:
    said = refusal(TIPLINE_BIND_ADDRESS=value)
    assert said == "TIPLINE_BIND_ADDRESS must be an IP address such as 127.0.0.1."


@pytest.mark.parametrize("value", ["Tipline", "1tip", 'a"; DROP ROLE b', "a" * 41, "a-b"])
def test_what_is_no_start_of_a_roles_name(value: str) -> None:
    said = refusal(TIPLINE_DATABASE_ROLES=value)
    assert said == "TIPLINE_DATABASE_ROLES must be small letters, digits and _, at most 40."
