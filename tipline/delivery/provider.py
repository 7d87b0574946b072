"""What delivery needs from a messaging provider, in Tipline's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tipline.errors import TiplineError


class ProviderRefusedError(TiplineError):
    """The provider said no: the message was not sent and will not be. `code` is the provider's."""

    code = "provider_refused"
    message = "The provider refused to send a message."

    def __init__(self, provider_code: int) -> None:
        """Keep the provider's error code, and nothing of its text."""
        super().__init__()
        self.provider_code = provider_code


class ProviderBusyError(TiplineError):
    """The provider certainly did not take the message; try again later."""

    code = "provider_busy"
    message = "The provider cannot be reached or asks us to wait."


class ProviderLockedOutError(ProviderBusyError):
    """The provider does not take our credentials. That is no message's fault: they all wait."""

    code = "provider_locked_out"
    message = "The provider does not take this installation's credentials."


class ProviderUncertainError(TiplineError):
    """The provider may or may not have taken the message. It must not be sent again silently."""

    code = "provider_uncertain"
    message = "The provider did not say whether it took a message."


@dataclass(frozen=True, slots=True, repr=False)
class OutgoingText:
    """A text to send. `ref` comes back in the status callback's URL."""

    sender: str
    recipient: str
    body: str
    ref: str


class Provider(Protocol):
    """A messaging provider."""

    def send(self, text: OutgoingText) -> str:
        """Hand a text over and return the provider's id for it.

        Raises:
            ProviderRefusedError: it will never be sent.
            ProviderBusyError: it was certainly not taken.
            ProviderLockedOutError: nothing will be taken until an operator mends the credentials.
            ProviderUncertainError: nobody knows.
        """
        ...

    def erase(self, provider_id: str) -> None:
        """Have the provider erase a message and its media. One that is gone is no error.

        Raises:
            ProviderBusyError: not now; try again later.
        """
        ...
