"""The Flask application of the simulator."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Flask, Request, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from tipline.simulator.carrier import Carrier
from tipline.simulator.control import control_views
from tipline.simulator.current import keep_carrier
from tipline.simulator.errors import ApiError, not_found
from tipline.simulator.knob_pages import knob_views
from tipline.simulator.pages import page_views
from tipline.simulator.resources import API_VERSION
from tipline.simulator.rest import message_views
from tipline.simulator.rest_account import account_views
from tipline.simulator.rest_media import CDN_PATH, cdn_views, media_views
from tipline.simulator.settings import SimulatorSettings

MAX_REQUEST_BYTES = 12 * 1024 * 1024

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class MemoryRequest(Request):
    """A request whose uploads stay in memory; Werkzeug would put large ones in a temporary file."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


class UnsortedJson(DefaultJSONProvider):
    """JSON whose names stand in the carrier's order."""

    sort_keys = False


class SimulatorApp(Flask):
    """Flask, with nothing written about what went wrong."""

    request_class = MemoryRequest
    json_provider_class = UnsortedJson

    def log_exception(self, *_: object) -> None:
        """Say nothing: the path holds a phone number and the traceback may hold a text."""


def create_app(settings: SimulatorSettings) -> Flask:
    """The simulator with an empty state of its own. Its threads start here: call it after fork."""
    app = SimulatorApp(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    keep_carrier(app, Carrier(settings))
    rest_views = (account_views, message_views, media_views, cdn_views)
    for views in (*rest_views, control_views, page_views, knob_views):
        app.register_blueprint(views)
    app.before_request(_refuse_other_sites)
    app.after_request(_harden)
    app.register_error_handler(ApiError, _api_error)
    app.register_error_handler(HTTPException, _http_error)
    return app


def _refuse_other_sites() -> tuple[str, int] | None:
    """A page from elsewhere, open in the same browser, must not press this simulator's buttons."""
    if request.method not in ("GET", "HEAD") and (
        request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    ):
        return "This form came from another site.", 403
    return None


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _api_error(error: ApiError) -> tuple[Response, int]:
    return jsonify(error.payload()), error.http_status


def _http_error(error: HTTPException) -> tuple[Response, int] | Response:
    status = error.code or 500
    if request.path.startswith((f"/{API_VERSION}/", f"{CDN_PATH}/")):
        return _api_error(_in_twilios_words(status))
    if request.path.startswith("/simulator/"):
        return jsonify({"error": error.name}), status
    return Response(f"{status} {error.name}\n", status, content_type="text/plain")


def _in_twilios_words(status: int) -> ApiError:
    if status == 404:
        return not_found(request.path)
    if status == 405:
        return ApiError(20004, "Method not allowed", 405)
    if status == RequestEntityTooLarge.code:
        return ApiError(20413, "Request entity too large", 413)
    return ApiError(20500, "An internal server error has occurred", 500)
