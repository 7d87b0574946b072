"""Run one worker: `python -m workers intake`, `... delivery` or `... records`."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Sequence

import config
from tipline import counting, logs
from tipline.doorbell import QueueName
from tipline.errors import TiplineError
from tipline.hardening import end_with_parent, harden
from workers.worker import DrainWorker, connect, quiet_rq


def main(arguments: Sequence[str]) -> int:
    """Serve one queue until told to stop. Return the process's exit code."""
    names = [name.value for name in QueueName]
    if len(arguments) != 1 or arguments[0] not in names:
        sys.stderr.write(f"Name one worker: {' or '.join(names)}.\n")
        return 2
    name = QueueName(arguments[0])
    logs.configure(f"{name.value}-worker")
    harden()
    end_with_parent()
    module = importlib.import_module(f"workers.{name.value}")
    try:
        counting.start(config.metrics_port(os.environ))
        process = module.process()
    except (config.SettingsError, TiplineError) as error:
        sys.stderr.write(f"The {name.value} worker cannot start: {error}\n")
        return 1
    quiet_rq()
    redis = connect(process.doorbell.url)
    worker = DrainWorker(name, redis, process.sweep, process.report_foreign_job)
    logs.event("worker_started")
    worker.work(logging_level=logging.getLevelName(logging.WARNING))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
