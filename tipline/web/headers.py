"""Security headers that every answer of either app carries."""

from __future__ import annotations

UNUSED_FEATURES = (
    "accelerometer", "camera", "display-capture", "fullscreen", "geolocation", "gyroscope",
    "hid", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
)  # fmt: skip
COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
}
# A year, as OWASP ASVS 5.0, 3.4.1 asks for.
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
