"""The REST API: the account and its numbers.

Source: https://www.twilio.com/docs/iam/api/account and
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from tipline.simulator.current import carrier
from tipline.simulator.errors import ApiError, not_found, unauthorised
from tipline.simulator.listing import MAX_PAGE_SIZE
from tipline.simulator.numbers import is_whole_number
from tipline.simulator.owned_numbers import OwnedNumber
from tipline.simulator.resources import account_resource, number_resource
from tipline.simulator.rest import API_PREFIX, check_credentials
from tipline.simulator.validation import is_allowed_url

DEFAULT_PAGE_SIZE = 50

account_views = Blueprint("account", __name__)
account_views.before_request(check_credentials)


@account_views.get(f"{API_PREFIX}.json")
def fetch_account(account_sid: str) -> Response:
    """The account. Raises 20003 for an API key: a standard one may not look at accounts."""
    given = request.authorization
    if given is None or given.username != account_sid:
        raise unauthorised()
    return jsonify(account_resource(account_sid))


@account_views.get(f"{API_PREFIX}/IncomingPhoneNumbers.json")
def list_numbers(account_sid: str) -> Response:
    """A page of the account's numbers, filtered by PhoneNumber. Raises 20001."""
    query = request.args.to_dict()
    wanted = query.get("PhoneNumber", "")
    found = [one for one in carrier.numbers.all() if wanted in one.number]
    size = min(max(_whole(query, "PageSize", DEFAULT_PAGE_SIZE), 1), MAX_PAGE_SIZE)
    page = _whole(query, "Page", 0)
    start = page * size
    resources = [number_resource(one, account_sid) for one in found[start : start + size]]
    more = _uri(query, size, page + 1) if len(found) > start + size else None
    return jsonify(
        {
            "end": start + max(len(resources) - 1, 0),
            "first_page_uri": _uri(query, size, 0),
            "next_page_uri": more,
            "page": page,
            "page_size": size,
            "previous_page_uri": _uri(query, size, page - 1) if page else None,
            "start": start,
            "uri": _uri(query, size, page),
            "incoming_phone_numbers": resources,
        }
    )


@account_views.get(f"{API_PREFIX}/IncomingPhoneNumbers/<sid>.json")
def fetch_number(account_sid: str, sid: str) -> Response:
    """One number. Raises 20404."""
    return jsonify(number_resource(_find(sid), account_sid))


@account_views.post(f"{API_PREFIX}/IncomingPhoneNumbers/<sid>.json")
def update_number(account_sid: str, sid: str) -> Response:
    """Change where messages to a number are posted. Raises 20404, 21402, 21403.

    This carrier only posts: it refuses GET, which Twilio would do.
    """
    number, form = _find(sid), request.form
    url = form.get("SmsUrl", number.sms_url)
    fallback = form.get("SmsFallbackUrl", number.sms_fallback_url)
    for one in filter(None, (url, fallback)):
        if not is_allowed_url(one, carrier.settings):
            raise ApiError(21402, "The 'SmsUrl' is not a valid URL.")
    if form.get("SmsMethod", "POST").upper() != "POST":
        raise ApiError(21403, "The 'SmsMethod' is invalid.")
    changed = carrier.numbers.lead(sid, url, fallback)
    return jsonify(number_resource(changed, account_sid))


def _find(sid: str) -> OwnedNumber:
    number = carrier.numbers.find(sid)
    if number is None:
        raise not_found(request.path)
    return number


def _whole(query: dict[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not is_whole_number(value):
        raise ApiError(20001, f"Invalid parameter {name}")
    return int(value)


def _uri(query: dict[str, str], size: int, page: int) -> str:
    kept = {key: value for key, value in query.items() if key == "PhoneNumber"}
    return f"{request.path}?{urlencode({**kept, 'PageSize': str(size), 'Page': str(page)})}"
