"""What the console's views work with, and where a view finds it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

import config
from tipline.approvals.new_admins import NewAdmins
from tipline.approvals.new_lines import NewLines
from tipline.approvals.restricted_threads import RestrictedThreads
from tipline.approvals.services import Approvals
from tipline.audit.recording import Recorder
from tipline.clock import Clock
from tipline.console.keys import ConsoleKeys
from tipline.console.lines.background import BackgroundResealing
from tipline.console.sessions import Sessions
from tipline.db.engines import Stores, open_stores
from tipline.delivery.replying import Replier
from tipline.doorbell import Doorbell
from tipline.lines.directory import LineDirectory
from tipline.lines.memberships import Memberships
from tipline.members.accounts import Accounts
from tipline.members.enrolling import Enrolment
from tipline.members.invitations import Invitations
from tipline.members.overview import AccountOverview
from tipline.published_keys.directory import KeyKind, PublishedKeys
from tipline.threads.drafts import Drafts
from tipline.threads.leaving import leave_main_store

EXTENSION = "console"
PLACE = "console"  # in entries of the log


@dataclass(frozen=True, slots=True)
class Console:
    """The services of one console application."""

    settings: config.ConsoleSettings
    keys: ConsoleKeys
    stores: Stores
    accounts: Accounts
    memberships: Memberships
    sessions: Sessions
    lines: LineDirectory
    resealing: BackgroundResealing
    published: PublishedKeys
    replier: Replier
    drafts: Drafts
    doorbell: Doorbell
    clock: Clock
    overview: AccountOverview
    invitations: Invitations
    enrolment: Enrolment
    approvals: Approvals
    new_admins: NewAdmins
    new_lines: NewLines
    restricted: RestrictedThreads
    recorder: Recorder


def build_console(settings: config.ConsoleSettings, keys: ConsoleKeys, clock: Clock) -> Console:
    """Return the services around stores and a queue that are reached when first needed."""
    instance = settings.instance
    stores = open_stores(instance.database_url, instance.perishable_url)
    invitations = Invitations(stores.main, stores.perishable, clock)
    approvals = Approvals(stores, keys.pepper, clock)
    # The console certifies lines itself, so its own public key is the pin.
    lines = LineDirectory(stores.main, keys.signing.public, clock)
    pins = {KeyKind.DELIVERY: keys.delivery_pin, KeyKind.INTAKE: keys.intake_pin}
    published = PublishedKeys(stores.main, pins, clock)
    return Console(
        settings=settings,
        keys=keys,
        stores=stores,
        accounts=Accounts(stores.main, keys.pepper, clock),
        memberships=Memberships(stores.main, leave_main_store),
        sessions=Sessions(stores.perishable, clock),
        lines=lines,
        resealing=BackgroundResealing(stores, clock),
        published=published,
        replier=Replier(stores, published, keys.intake_pin, clock),
        drafts=Drafts(stores.perishable, lines),
        doorbell=Doorbell(instance.redis_url),
        clock=clock,
        overview=AccountOverview(stores.main, clock),
        invitations=invitations,
        enrolment=Enrolment(
            stores.main,
            invitations,
            stores.perishable,
            keys.pepper,
            clock,
            approvals.withdraw_of,
        ),
        approvals=approvals,
        new_admins=NewAdmins(approvals, invitations, stores.main, clock),
        new_lines=NewLines(approvals, stores.main),
        restricted=RestrictedThreads(approvals),
        recorder=Recorder(stores, PLACE, clock),
    )


def console() -> Console:
    """Return the services of the application that answers this request."""
    found: Console = current_app.extensions[EXTENSION]
    return found
