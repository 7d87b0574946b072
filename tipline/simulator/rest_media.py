"""The REST API: media, their bytes, and the CDN that the bytes really come from.

Source: https://www.twilio.com/docs/messaging/api/media-resource
"""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from tipline.simulator.current import carrier
from tipline.simulator.errors import ApiError, not_found
from tipline.simulator.model import Media, Message
from tipline.simulator.resources import media_resource
from tipline.simulator.rest import API_PREFIX, check_credentials, find_message

CDN_PATH = "/cdn"


media_views = Blueprint("media", __name__, url_prefix=f"{API_PREFIX}/Messages/<message_sid>")
media_views.before_request(check_credentials)


def _find(message_sid: str, media_sid: str) -> tuple[Message, Media]:
    message = find_message(message_sid)
    with carrier.state.lock:
        for media in message.media:
            if media.sid == media_sid:
                return message, media
    raise not_found(request.path)


@media_views.get("/Media.json")
def list_media(account_sid: str, message_sid: str) -> Response:
    """All attachments of a message. Raises 20404."""
    message = find_message(message_sid)
    with carrier.state.lock:
        resources = [media_resource(media, message, account_sid) for media in message.media]
    return jsonify({**_single_page(len(resources)), "media_list": resources})


@media_views.get("/Media/<media_sid>.json")
def describe(account_sid: str, message_sid: str, media_sid: str) -> Response:
    """One attachment's resource. Raises 20404."""
    message, media = _find(message_sid, media_sid)
    return jsonify(media_resource(media, message, account_sid))


@media_views.delete("/Media/<media_sid>")
@media_views.delete("/Media/<media_sid>.json")
def delete(account_sid: str, message_sid: str, media_sid: str) -> tuple[str, int]:
    """Remove an attachment and both its addresses; 204. Raises 20404."""
    message, media = _find(message_sid, media_sid)
    carrier.state.delete_media(message, media)
    return "", 204


@media_views.get("/Media/<media_sid>")
def fetch(account_sid: str, message_sid: str, media_sid: str) -> WerkzeugResponse:
    """Lead to the CDN, where the bytes are: the address that webhooks carry. Raises 20404."""
    _, media = _find(message_sid, media_sid)
    return redirect(f"{carrier.settings.base_url}{CDN_PATH}/{media.cdn_token}", 307)


def _single_page(count: int) -> dict[str, int | str | None]:
    """Paging fields for at most ten attachments, which always fit on one page."""
    return {
        "end": max(count - 1, 0),
        "first_page_uri": f"{request.path}?PageSize=50&Page=0",
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": f"{request.path}?PageSize=50&Page=0",
    }


cdn_views = Blueprint("cdn", __name__, url_prefix=CDN_PATH)


@cdn_views.get("/<token>")
def fetch_bytes(token: str) -> Response:
    """The bytes, for whoever knows the address. Raises 20001 for credentials, 20404."""
    if "Authorization" in request.headers:
        _refuse_leaked_credentials()
    media = carrier.state.media_by_cdn_token(token)
    if media is None:
        raise not_found(request.path)
    return Response(media.content, content_type=media.content_type)


def _refuse_leaked_credentials() -> NoReturn:
    """Count and refuse. Storage that takes signed addresses refuses a second kind of permission."""
    with carrier.state.lock:
        carrier.state.cdn_requests_with_credentials += 1
    raise ApiError(20001, "Only one authentication mechanism is allowed", 400)
