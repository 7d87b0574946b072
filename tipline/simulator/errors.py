"""Errors in Twilio's words: code, sentence, and the HTTP status that carries them.

Source: https://www.twilio.com/docs/api/errors and, for the JSON,
https://www.twilio.com/docs/usage/twilios-response#exceptions
"""

from __future__ import annotations


class ApiError(Exception):
    """A refused REST request. `code` is Twilio's, `http_status` the response's."""

    def __init__(self, code: int, message: str, http_status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.http_status = http_status

    def payload(self) -> dict[str, int | str]:
        """The JSON body, in the order and types in which Twilio sends them."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.http_status,
        }


def unauthorised() -> ApiError:
    """20003: no credentials, wrong ones, or another account's path."""
    return ApiError(20003, "Authenticate", 401)


def not_found(path: str) -> ApiError:
    """20404: nothing under this path."""
    return ApiError(20404, f"The requested resource {path} was not found", 404)


def not_complete() -> ApiError:
    """20009: redaction or deletion before a final state."""
    return ApiError(20009, "Cannot delete this resource before it is complete", 409)


def invalid_to(number: str) -> ApiError:
    """21211: the carrier cannot send to this number. Twilio repeats the number, so we do too."""
    return ApiError(21211, f"Invalid 'To' Phone Number: {number}")


def opted_out() -> ApiError:
    """21610: the recipient texted STOP to this sender."""
    return ApiError(21610, "Attempt to send to unsubscribed recipient")


def server_failure() -> ApiError:
    """20500: Twilio itself failed; whether the message was accepted is not said."""
    return ApiError(20500, "An internal server error has occurred", 500)


def unavailable() -> ApiError:
    """20503: not now; nothing was accepted."""
    return ApiError(20503, "Service is unavailable", 503)


def too_many_requests() -> ApiError:
    """20429: slow down."""
    return ApiError(20429, "Too Many Requests", 429)


FAILURES: dict[int, tuple[str, str]] = {
    30001: ("failed", "Queue overflow"),
    30003: ("undelivered", "Unreachable destination handset"),
    30005: ("undelivered", "Unknown destination handset"),
    30006: ("undelivered", "Landline or unreachable carrier"),
    30007: ("undelivered", "Message filtered"),
    30008: ("undelivered", "Unknown error"),
    30034: ("undelivered", "Message from an unregistered number"),
    30036: ("failed", "Validity period expired"),
}
"""After acceptance: code to (final status, sentence)."""
