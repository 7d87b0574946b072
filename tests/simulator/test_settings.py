from __future__ import annotations

import pytest

from tests.simulator import service
from tipline.simulator.settings import SimulatorSettings, SimulatorSettingsError

GOOD = service.environment(8123, "https://tips.example.org/")
REQUIRED = sorted(name for name in GOOD if name.startswith("TIPLINE_") and "PORT" not in name)


def test_a_complete_environment_is_read() -> None:
    settings = SimulatorSettings.from_environment(GOOD)
    assert settings.port == 8123
    assert settings.webhook_url == "https://tips.example.org/webhooks/twilio/message"
    assert [(line.number, line.label) for line in settings.lines] == [
        (service.LINE, "Police tips"),
        (service.OTHER_LINE, "Complaints"),
    ]


def test_the_port_and_the_labels_have_defaults() -> None:
    environment = GOOD | {"TIPLINE_SIMULATOR_NUMBERS": service.LINE}
    del environment["TIPLINE_SIMULATOR_PORT"]
    settings = SimulatorSettings.from_environment(environment)
    assert settings.port == 8002
    assert settings.lines[0].label == "Line 1"


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, " "])
def test_a_missing_setting_is_named(name: str, value: str | None) -> None:
    environment = {key: given for key, given in GOOD.items() if key != name}
    if value is not None:
        environment[name] = value
    with pytest.raises(SimulatorSettingsError, match=f"{name} is not set: set it to "):
        SimulatorSettings.from_environment(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIPLINE_SIMULATOR_PORT", "0"),
        ("TIPLINE_SIMULATOR_PORT", "many"),
        ("TIPLINE_TWILIO_ACCOUNT_SID", "AC123"),
        ("TIPLINE_TWILIO_API_KEY_SID", service.ACCOUNT_SID),
        ("TIPLINE_SIMULATOR_NUMBERS", "2095550100"),
        ("TIPLINE_SIMULATOR_NUMBERS", f"{service.LINE},{service.LINE}"),
        ("TIPLINE_PUBLIC_URL", "ftp://127.0.0.1"),
        ("TIPLINE_PUBLIC_URL", "http://user:word@127.0.0.1"),
        ("TIPLINE_PUBLIC_URL", "http://127.0.0.1:http"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SimulatorSettingsError, match=f"{name} is malformed: set it to "):
        SimulatorSettings.from_environment(GOOD | {name: value})


def test_a_malformed_value_is_not_repeated() -> None:
    with pytest.raises(SimulatorSettingsError) as caught:
        SimulatorSettings.from_environment(GOOD | {"TIPLINE_PUBLIC_URL": "http://u:secret@host"})
    assert "secret" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    shown = repr(SimulatorSettings.from_environment(GOOD))
    assert service.AUTH_TOKEN not in shown
    assert service.API_KEY_SECRET not in shown
