"""Security headers, on every answer."""

from __future__ import annotations

from flask import Response

from tipline.console.services import console

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
UNUSED_FEATURES = (
    "accelerometer", "camera", "display-capture", "fullscreen", "geolocation", "gyroscope",
    "hid", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it browsers send `Origin: null` with our own forms (Fetch Standard,
    # "append a request Origin header"), and the guard could not tell them from foreign ones. What
    # leads out of the console carries no referrer either way.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
    "Cache-Control": "no-store",
}
# A year, as OWASP ASVS 5.0, 3.4.1 asks for.
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def harden(response: Response) -> Response:
    """Set the headers, whatever a view has set."""
    response.headers.update(HEADERS)
    if console().settings.is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return response
