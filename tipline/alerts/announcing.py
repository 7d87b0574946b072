"""Which channels there are: announced by the delivery worker, signed, and read by the console.

Browsers subscribe with the worker's public push key. Were it not signed, whoever writes to the
database could have members' browsers take pushes from somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, delete, select, update

from tipline.alerts.channel import Channel
from tipline.alerts.models import AlertChannel
from tipline.crypto.errors import NotAuthenticError
from tipline.crypto.signing import SigningKey
from tipline.crypto.verifying import VerifyingKey
from tipline.db.reading import reading
from tipline.db.upserts import insert_ignoring_existing

PURPOSE = "alert channel"


def announce(engine: Engine, signer: SigningKey, channels: Mapping[Channel, bytes]) -> None:
    """Replace what was announced: channels with the public key that they need, or nothing.

    Two workers that start at once announce the same.
    """
    with engine.begin() as connection:
        names = [channel.value for channel in channels]
        connection.execute(delete(AlertChannel).where(AlertChannel.channel.not_in(names)))
        for channel, public in channels.items():
            signature = signer.sign(PURPOSE, channel.value, public)
            values = {"public": public, "signature": signature}
            known = update(AlertChannel).where(AlertChannel.channel == channel.value)
            if not connection.execute(known.values(**values)).rowcount:
                row = {"channel": channel.value, **values}
                insert_ignoring_existing(connection, AlertChannel, [row])


def announced(engine: Engine, pin: VerifyingKey) -> dict[Channel, bytes]:
    """Return the channels that the delivery worker really has. What it did not sign is left out."""
    query = select(AlertChannel.channel, AlertChannel.public, AlertChannel.signature)
    found = {}
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    for row in rows:
        try:
            pin.verify(row.signature, PURPOSE, row.channel, row.public)
            found[Channel(row.channel)] = row.public
        except (NotAuthenticError, ValueError):
            continue
    return found
