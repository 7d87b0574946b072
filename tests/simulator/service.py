"""The simulator in a process of its own, and ways to talk to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.simulator.receiver import DEADLINE_SECONDS

ROOT = Path(__file__).parents[2]
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fedcba9876543210" * 2
API_KEY_SID = "SK" + "0011223344556677" * 2
API_KEY_SECRET = "a made-up secret, long enough"
LINE = "+12095550100"
OTHER_LINE = "+12095550199"
PHONE = "+12095550141"
OTHER_PHONE = "+12095550142"


def until(condition: Callable[[], Any]) -> Any:
    """The first true value of `condition`, asked again until the deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        pause.wait(0.02)
    raise AssertionError("the condition did not come true in time")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(port: int, public_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TIPLINE_SIMULATOR_PORT": str(port),
        "TIPLINE_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TIPLINE_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TIPLINE_TWILIO_API_KEY_SID": API_KEY_SID,
        "TIPLINE_TWILIO_API_KEY_SECRET": API_KEY_SECRET,
        "TIPLINE_SIMULATOR_NUMBERS": f"{LINE}=Police tips, {OTHER_LINE}=Complaints",
        "TIPLINE_PUBLIC_URL": public_url,
    }


def start(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *(arguments or ("-m", "tipline.simulator.serve"))],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


class LocalHttpClient(TwilioHttpClient):
    """The real client's own transport, led to the simulator."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=DEADLINE_SECONDS)
        self.base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        local = url.replace("https://api.twilio.com", self.base_url, 1)
        return super().request(method, local, *args, **kwargs)


class Simulator:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/simulator/state", timeout=5).ok
        except requests.ConnectionError:
            return False

    def client(self, username: str = API_KEY_SID, password: str = API_KEY_SECRET) -> Client:
        return Client(username, password, ACCOUNT_SID, http_client=LocalHttpClient(self.url))

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=DEADLINE_SECONDS, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=DEADLINE_SECONDS, **kwargs)

    def state(self) -> dict[str, Any]:
        return dict(self.get("/simulator/state").json())

    def reset(self) -> None:
        requests.delete(f"{self.url}/simulator/state", timeout=DEADLINE_SECONDS)
        until(lambda: self.state()["pending"] == 0)

    def turn(self, **knobs: Any) -> requests.Response:
        return requests.put(f"{self.url}/simulator/knobs", json=knobs, timeout=DEADLINE_SECONDS)

    def text(self, body: str, *, phone: str = PHONE, to: str = LINE, **more: Any) -> Any:
        content = {"to": to, "body": body, **more}
        return self.post(f"/simulator/phones/{phone}/messages", json=content).json()

    def phone(self, number: str = PHONE) -> Any:
        return self.get(f"/simulator/phones/{number}/messages").json()

    def settled(self) -> None:
        until(lambda: self.state()["pending"] == 0)
