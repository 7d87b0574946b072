"""Print the demo members' one-time codes: `make code`, since nobody scans a demo's QR code."""

from __future__ import annotations

import base64
import json
import os
import sys

import config
from tipline.clock import system_clock
from tipline.crypto.totp import STEP_SECONDS, code_at
from tipline.simulator.demo import DEMO_FILE


def main() -> int:
    """Print one line a member: e-mail address and the code of this moment."""
    path = config.InstanceSettings.from_environment(os.environ).home / DEMO_FILE
    try:
        demo = json.loads(path.read_text())
    except FileNotFoundError:
        sys.stderr.write(f"There is no demo in {path.parent}. Start it with `make run`.\n")
        return 1
    now = int(system_clock().timestamp())
    for member in demo["members"]:
        text = member["totp_secret"]
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
        sys.stdout.write(f"{code_at(secret, now // STEP_SECONDS)}  {member['email']}\n")
    sys.stdout.write(f"Good for {STEP_SECONDS - now % STEP_SECONDS} more seconds, and once.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
