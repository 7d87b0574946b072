"""Segments, signature and pictures, against published or independently made values."""

from __future__ import annotations

import struct
import zlib

import pytest
from twilio.request_validator import RequestValidator

from tests.simulator.receiver import signature_of
from tipline.simulator import pictures
from tipline.simulator.segments import count_segments
from tipline.simulator.signature import sign


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # a two-unit character is not split at the joint
        ("ñ" * 160, 1),
        ("í" * 70, 1),
        ("í" * 71, 2),
        ("\U0001f600" * 35, 1),
        ("\U0001f600" * 36, 2),
    ],
    ids=lambda value: f"{value[:1]!a}x{len(value)}" if isinstance(value, str) else str(value),
)
def test_segments(body: str, segments: int) -> None:
    assert count_segments(body) == segments


def test_signature_equals_two_other_ways_to_compute_it() -> None:
    url = "https://tips.example.org/webhooks/twilio/status?ref=a%20b"
    fields = {"To": "+1", "Body": "café & 日本", "A": "", "body": "x"}
    signature = sign("12345", url, fields)
    assert signature == signature_of("12345", url, list(fields.items()))
    assert RequestValidator("12345").validate(url, fields, signature)
    assert not RequestValidator("12346").validate(url, fields, signature)


def test_signature_equals_the_published_example() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, fields) == "GvWf1cFY/Q7PnoempGyD5oXAezc="


def test_pictures_are_whole_pngs_with_planted_metadata_and_differ() -> None:
    first = pictures.draw(1)
    kinds, content = [], b""
    position = 8
    while position < len(first):
        (length,) = struct.unpack_from(">I", first, position)
        kind = first[position + 4 : position + 8]
        data = first[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", first, position + 8 + length)
        assert checksum == zlib.crc32(kind + data)
        kinds.append(kind)
        content += data if kind == b"IDAT" else b""
        position += 12 + length
    assert kinds == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    rows = zlib.decompress(content)
    assert len(rows) == pictures.HEIGHT_PIXELS * (1 + 3 * pictures.WIDTH_PIXELS)
    assert pictures.PLANTED_METADATA in first
    assert pictures.draw(2) != first
