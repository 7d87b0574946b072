"""The proxies' and the containers' examples keep no address and pass on no more than is needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tipline.console.app import MAX_REQUEST_BYTES
from tipline.gateway.web.frame import MAX_PAGE_BYTES
from tipline.instance.commands import AUTH_TOKEN_SETTING
from tipline.instance.processes import COMMANDS
from tipline.instance.provisioning import PROCESSES

DEPLOY = Path(__file__).parents[2] / "deploy"
CADDYFILES = [DEPLOY / "proxy" / "Caddyfile", DEPLOY / "compose" / "Caddyfile"]
each_proxy = pytest.mark.parametrize(
    "path",
    [DEPLOY / "proxy" / "nginx.conf", *CADDYFILES],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)


def directives(path: Path) -> str:
    """A file without its comments."""
    return re.sub(r"(?m)^\s*#.*$", "", path.read_text())


def test_nginx_writes_nothing_about_a_request() -> None:
    said = directives(DEPLOY / "proxy" / "nginx.conf")
    assert re.findall(r"access_log ([^;]+);", said) == ["off"]
    # The first is about the start, the second, for all requests, goes nowhere.
    assert re.findall(r"error_log ([^;]+);", said) == ["stderr emerg", "/dev/null"]
    assert "$remote_addr" not in said
    assert "$proxy_add_x_forwarded_for" not in said
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert f'proxy_set_header {header} "";' in said
    assert (
        re.search(r"client_body_buffer_size (\S+);", said)[1]
        == re.search(r"client_max_body_size (\S+);", said)[1]
    ), "what is larger than the buffer goes to a file"
    assert "proxy_max_temp_file_size 0;" in said
    assert "ssl_session_tickets off;" in said


@pytest.mark.parametrize("path", CADDYFILES, ids=lambda path: path.parent.name)
def test_caddy_writes_nothing_about_a_request(path: Path) -> None:
    said = directives(path)
    assert re.findall(r"(?m)^\s*(log\b.*)$", said) == ["log default {"]
    assert "exclude http.log.access http.log.error http.stdlib http.handlers.reverse_proxy" in said
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert re.search(rf"(?m)^\s*header_up -{header}$", said)


@each_proxy
def test_a_proxy_takes_every_form_that_the_apps_take(path: Path) -> None:
    """Or it answers in their place, and what was typed is gone."""
    said = directives(path)
    (figure,) = re.findall(
        r"(?:client_max_body_size|max_size) (\d+)(?:k;|KiB$)", said, re.MULTILINE
    )
    assert int(figure) * 1024 >= max(MAX_PAGE_BYTES, MAX_REQUEST_BYTES)


@each_proxy
def test_what_is_for_the_machine_alone_is_not_there_from_outside(path: Path) -> None:
    said = directives(path)
    if path.name == "nginx.conf":
        found = re.findall(r"location ~ \^/\((\S+)\)\$ \{\s+return 404;", said)
        assert found == ["readyz|metrics"]
    else:
        assert re.findall(r"respond (\S+) 404", said) == ["/readyz", "/metrics"]


@each_proxy
def test_two_hostnames_lead_to_two_apps_with_strict_transport(path: Path) -> None:
    said = directives(path)
    hosts = ["tips.example.org", "staff.example.org"]
    assert [host for host in hosts if host in said] == hosts
    ports = re.findall(r"(?:127\.0\.0\.1|gateway|console):(800\d)", said)
    assert ports == ["8000", "8001"]
    assert "max-age=31536000" in said


def service(name: str) -> str:
    """One service of the compose file, as it stands there."""
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    found = re.search(rf"(?m)^  {name}:\n((?:    .*\n|\n)+)", text)
    assert found, name
    return found[1]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_container_is_one_process_with_what_is_its_own(process: str) -> None:
    said = service(process)
    assert f"command: [{', '.join(COMMANDS[process])}]" in said
    assert f"./instance/keys/{process}:/var/lib/tipline/keys/{process}" in said
    (secrets,) = re.findall(r"secrets: \[(.*)\]", said)
    others = [name for name in (*PROCESSES, "owner") if name != process]
    assert not any(other in secrets for other in others)
    assert {f"tipline-unlock-{process}", f"{process}-database-url"} <= set(secrets.split(", "))
    assert not re.search(r"TIPLINE_\w*(DATABASE_URL|TOKEN|SECRET): ", said), "a secret is a file"


def test_a_container_rotates_every_kind_of_key() -> None:
    """It writes into all key folders and gives the files away; as `create` it could not."""
    said = service("rotate")
    assert "cap_add: [CHOWN, DAC_OVERRIDE]" in said
    assert "entrypoint: [python, -m, tipline, rotate]" in said
    assert 'volumes: ["./instance:/var/lib/tipline"]' in said
    assert "networks: [stores]" in said
    for setting in (AUTH_TOKEN_SETTING, f"{AUTH_TOKEN_SETTING}_PREVIOUS"):
        assert f"{setting}_FILE: /run/secrets/" in said
        assert f"{setting}_FILE: /run/secrets/" in service("gateway")


def test_each_container_runs_as_a_user_of_its_own_and_only_two_reach_the_outside() -> None:
    users = [re.findall(r'user: "(\d+):\d+"', service(name))[0] for name in PROCESSES]
    assert len({*users, "0"}) == len(PROCESSES) + 1
    outside = {name for name in (*PROCESSES, "postgres", "valkey") if "outside" in service(name)}
    assert outside == {"delivery"}
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    assert re.findall(r"ports: (.*)", text) == ['["80:80", "443:443"]']


def test_every_secret_is_a_file_that_the_script_makes() -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    script = (DEPLOY / "compose" / "make-secrets").read_text()
    declared = set(re.findall(r"(?m)^  (\S+): \{file: \./secrets/", text))
    used = {
        name
        for line in re.findall(r"(?m)^    secrets: \[(.*)\]", text)
        for name in line.split(", ")
    }
    assert used == declared
    made = set(re.findall(r"(?m)^keep (\S+) ", script))
    made |= set(re.findall(r"(twilio-[a-z-]+):\w+", script))
    made |= {f"tipline-unlock-{process}" for process in PROCESSES}
    roles = re.findall(r"\[(\w+)\]=\d+", script)
    assert sorted(roles) == sorted([*PROCESSES, "owner"])
    for role in roles:
        made |= {f"{role}-password", f"{role}-database-url", f"{role}-perishable-url"}
    assert declared <= made


def test_the_database_gives_each_process_a_role_and_the_owner_the_databases() -> None:
    said = (DEPLOY / "compose" / "postgres-init.sh").read_text()
    (roles,) = re.findall(r"for role in ([a-z ]+);", said)
    assert sorted(roles.split()) == sorted([*PROCESSES, "owner"])
    assert "NOSUPERUSER NOCREATEDB NOCREATEROLE" in said
    assert "OWNER tipline_owner" in said
