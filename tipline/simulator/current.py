"""The carrier of the running application, for views."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from tipline.simulator.carrier import Carrier

_KEY = "tipline_carrier"


def keep_carrier(app: Flask, kept: Carrier) -> None:
    """Make `kept` the carrier that this application's views find as `carrier`."""
    app.extensions[_KEY] = kept


carrier = cast(Carrier, LocalProxy(lambda: current_app.extensions[_KEY]))
"""The carrier that answers the current request; as Flask's `request`, only valid inside one."""
