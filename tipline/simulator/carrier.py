"""The parts of the pretend carrier put together, as the pages and the API see it."""

from __future__ import annotations

from tipline.simulator.courier import Courier
from tipline.simulator.inbound import Inbound
from tipline.simulator.knobs import KnobBoard
from tipline.simulator.outbound import Outbound
from tipline.simulator.owned_numbers import OwnedNumbers
from tipline.simulator.scheduler import Scheduler
from tipline.simulator.settings import SimulatorSettings
from tipline.simulator.state import CarrierState


class Carrier:
    """One pretend carrier: its state, its knobs and what works in the background."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.state = CarrierState()
        self.board = KnobBoard()
        self.numbers = OwnedNumbers(settings)
        self.scheduler = Scheduler()
        courier = Courier(self.scheduler, settings.auth_token)
        self.outbound = Outbound(
            self.state, self.board, self.scheduler, courier, settings.account_sid
        )
        self.inbound = Inbound(
            settings, self.state, self.board, self.scheduler, courier, self.outbound, self.numbers
        )

    def reset(self) -> None:
        """Forget every message, phone and knob, and what was still to be posted."""
        self.scheduler.clear()
        self.board.reset()
        self.numbers.reset()
        self.state.forget_everything()
