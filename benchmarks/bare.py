"""The yardstick: Flask endpoints that read the form and do nothing, under the same server."""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask, Response, request

from tipline import logs
from tipline.gateway.twilio_webhook import MESSAGE_PATH
from tipline.instance.serving import Server, options_for

TIP_PATH = "/tip"
FORM = (
    '<form method="post"><input name="token" value="none"><textarea name="what"></textarea></form>'
)
RECEIPT = '<ol id="receipt"><li>seven words</li></ol>'


class BareServer(Server):
    """The gateway's own server and settings around another app."""

    def load(self) -> Any:
        app = Flask(__name__, static_folder=None)

        @app.post(MESSAGE_PATH)
        def receive() -> Response:
            assert request.form["Body"]
            return Response("<Response/>", mimetype="text/xml")

        @app.get(TIP_PATH)
        def show() -> str:
            return FORM

        @app.post(TIP_PATH)
        def send() -> str:
            assert request.form["what"]
            return RECEIPT

        return app


if __name__ == "__main__":
    logs.configure("bare")
    options = options_for("gateway", dict(os.environ))
    options["bind"] = f"127.0.0.1:{sys.argv[1]}"
    BareServer("bare", options).run()
