"""The yardstick: a Flask endpoint that reads the form and does nothing, under the same server."""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask, Response, request

from tipline import logs
from tipline.gateway.twilio_webhook import MESSAGE_PATH
from tipline.instance.serving import Server, options_for


class BareServer(Server):
    """The gateway's own server and settings around another app."""

    def load(self) -> Any:
        app = Flask(__name__, static_folder=None)

        @app.post(MESSAGE_PATH)
        def receive() -> Response:
            assert request.form["Body"]
            return Response("<Response/>", mimetype="text/xml")

        return app


if __name__ == "__main__":
    logs.configure("bare")
    options = options_for("gateway", dict(os.environ))
    options["bind"] = f"127.0.0.1:{sys.argv[1]}"
    BareServer("bare", options).run()
