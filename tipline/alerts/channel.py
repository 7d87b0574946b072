"""What an alert says, and what can happen when it is handed to a receiver."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tipline.errors import TiplineError

SUBJECT = "A tip is waiting"
REPEATED = "This may be a repetition of an earlier alert."


class Channel(StrEnum):
    """The ways on which an alert goes out."""

    MAIL = "mail"
    PUSH = "push"
    WEBHOOK = "webhook"


# What a member can choose; the webhook belongs to the installation.
MEMBER_CHANNELS = (Channel.MAIL, Channel.PUSH)


@dataclass(frozen=True, slots=True)
class Alert:
    """What a receiver is told: that a tip waits on a line. Never which one, or what it says.

    `uid` is random and stays the same when the alert is repeated, so that a receiver can tell.
    """

    uid: str
    line_name: str
    console_url: str
    is_repetition: bool

    @property
    def sentence(self) -> str:
        """Return the whole text of the alert."""
        # A name is one line of text, whatever an admin typed: it must not look like a header.
        name = " ".join(self.line_name.split())
        told = f"A tip on {name} is waiting. Open the console: {self.console_url}"
        return f"{told}\n\n{REPEATED}" if self.is_repetition else told


class ReceiverBusyError(TiplineError):
    """The alert was certainly not taken. Try again later."""

    code = "receiver_busy"
    message = "An alert was not taken; it is tried again later."


class ReceiverUncertainError(TiplineError):
    """Nobody knows whether it was taken: what is tried again must say so."""

    code = "receiver_uncertain"
    message = "It is not known whether an alert was taken; it is tried again and says so."


class ReceiverRefusedError(TiplineError):
    """This receiver will never take it."""

    code = "receiver_refused"
    message = "A receiver refused an alert for good."


class ReceiverGoneError(ReceiverRefusedError):
    """The receiver does not exist any more: a browser took its subscription back."""

    code = "receiver_gone"
    message = "The receiver of an alert does not exist any more."


class ReceiverUnwantedError(TiplineError):
    """Nobody is to get it any more: the member may not read the line now, or took the choice back.

    That is no fault of a receiver, so it is not counted as one.
    """

    code = "receiver_unwanted"
    message = "Nobody is to get an alert any more."
