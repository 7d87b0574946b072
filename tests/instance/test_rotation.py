"""Rotating keys while messages arrive: nothing lost, doubled or taken for somebody else's."""

from __future__ import annotations

import pytest

from tests.instance.rotating import nothing, post, renew, rotate
from tests.intake.steps import put, sealed_envelope, told
from tests.support.house import ANNA, BEN, LINE, House
from tipline.crypto.errors import KeyMissingError, UnlockError
from tipline.crypto.generations import Generations
from tipline.crypto.keyfolder import KeyFolder
from tipline.envelopes.messages import InboundMessage
from tipline.envelopes.models import DEDUPE_LIFETIME, Envelope
from tipline.gateway.keys import DEDUPE, ENVELOPE_TAG, GatewayKeySet, destroy_outlived
from tipline.identity.models import AddressTag, Contact
from tipline.instance.provisioning import PROCESSES
from tipline.instance.rotation import Kind, NotDrainedError, Rotation
from tipline.intake.keys import INDEX, SUPPRESSION
from tipline.intake.retiring import KeyRetirer

CLARA = "+12095550177"
SIDS = [f"SM{number:032x}" for number in range(20)]


class KilledError(Exception):
    """As a kill -9 of the command at this moment."""


# -- lookups ----------------------------------------------------------------------------------


def test_residents_keep_their_alias_under_workers_of_all_ages(house: House) -> None:
    workers = [house.intake]
    house.text(ANNA, "Anna 0")
    house.text(BEN, "Ben 0")
    house.drain_intake()
    rotate(house, Kind.INDEX, lambda: workers.append(house.new_intake()))
    workers.append(house.new_intake())
    # Neighbours may work at the same time; the first has ended when the last one begins.
    for number, worker in enumerate((*workers, workers[1], workers[2]), start=1):
        house.intake = worker
        for sender, name in ((ANNA, "Anna"), (CLARA, "Clara")):
            house.text(sender, f"{name} {number}")
        house.drain_intake()
    assert sorted(told(house)) == [
        ["Anna 0", *(f"Anna {number}" for number in range(1, 6))],
        ["Ben 0"],
        [f"Clara {number}" for number in range(1, 6)],
    ]
    assert house.incidents() == {}


def test_an_old_index_key_goes_with_its_last_resident(house: House) -> None:
    for number in (ANNA, BEN):
        house.text(number, "hello")
    house.drain_intake()
    rotate(house, Kind.INDEX)
    renew(house)
    retirer = KeyRetirer(house.folders.intake, house.stores.perishable, house.clock)
    for number in (ANNA, BEN):
        house.text(number, "again")
        house.drain_intake()
        assert retirer.retire() == 0
    assert {row.generation for row in house.rows(AddressTag)} == {2}
    house.clock.move(minutes=6)
    assert retirer.retire() == 1
    assert [g.number for g in Generations.load(house.folders.intake, INDEX).all] == [2]
    renew(house)
    house.text(ANNA, "and again")
    house.drain_intake()
    assert sorted(told(house)) == [["hello", "again"], ["hello", "again", "and again"]]


def test_an_old_index_key_stays_while_a_resident_needs_it(house: House) -> None:
    for number in (ANNA, BEN):
        house.text(number, "hello")
    house.drain_intake()
    rotate(house, Kind.INDEX)
    renew(house)
    house.text(ANNA, "again")
    house.drain_intake()
    retirer = KeyRetirer(house.folders.intake, house.stores.perishable, house.clock)
    retirer.retire()
    house.clock.move(days=300)
    assert retirer.retire() == 0
    house.keep_keys()
    house.app = house.new_gateway()
    house.text(BEN, "after all")
    house.drain_intake()
    assert sorted(told(house)) == [["hello", "after all"], ["hello", "again"]]


def test_an_opt_out_is_known_under_both_keys_and_can_be_taken_back(house: House) -> None:
    for body in ("hello", "STOP"):
        house.text(ANNA, body)
        house.drain_intake()
    rotate(house, Kind.SUPPRESSION)
    renew(house)
    house.text(ANNA, "I write, but do not answer")
    house.drain_intake()
    assert house.rows(Contact) == []
    house.text(ANNA, "START")
    house.drain_intake()
    assert len(house.rows(Contact)) == 1
    house.text(ANNA, "STOP")
    house.drain_intake()
    assert house.rows(Contact) == []
    house.clock.move(days=5 * 366)
    KeyRetirer(house.folders.intake, house.stores.perishable, house.clock).retire()
    assert [g.number for g in Generations.load(house.folders.intake, SUPPRESSION).all] == [2]


# -- what the gateway holds -------------------------------------------------------------------


def test_a_repeated_webhook_is_known_to_gateways_of_all_ages(house: House) -> None:
    apps = [house.app]
    rotate(house, Kind.DEDUPE, lambda: apps.append(house.new_gateway()))
    apps.append(house.new_gateway())
    # Neighbours may serve at the same time, in either order; the newest knows what the oldest kept.
    pairs = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2)]
    for (first, second), sid in zip(pairs, SIDS, strict=False):
        for which in (first, second, second):
            post(house, apps[which], ANNA, f"{first} and {second}", sid)
    assert len(house.rows(Envelope)) == len(pairs)
    house.drain_intake()
    assert told(house) == [[f"{first} and {second}" for first, second in pairs]]


def test_old_dedupe_keys_go_when_their_last_tag_has_expired(house: House) -> None:
    rotate(house, Kind.DEDUPE)
    folder = house.folders.gateway
    dedupe = GatewayKeySet.load(folder).secrets.dedupe
    house.clock.now += DEDUPE_LIFETIME
    destroy_outlived(dedupe, folder, house.clock.now.date())
    assert len(Generations.load(folder, DEDUPE).all) == 2
    house.clock.move(days=1)
    destroy_outlived(dedupe, folder, house.clock.now.date())
    assert [g.number for g in Generations.load(folder, DEDUPE).all] == [2]


def test_the_command_destroys_what_a_gateway_that_only_reads_cannot(sqlite_house: House) -> None:
    house = sqlite_house
    rotate(house, Kind.DEDUPE)
    house.clock.now += DEDUPE_LIFETIME
    house.clock.move(days=1)
    rotate(house, Kind.DEDUPE)
    assert [g.number for g in Generations.load(house.folders.gateway, DEDUPE).all] == [3, 2]


def test_the_tag_of_envelopes_is_changed_under_way(house: House) -> None:
    old = house.intake_keys.envelope_tags[0]
    apps, number = [house.app], iter(range(100))

    def meanwhile() -> None:
        renew(house)
        apps.append(house.app)
        for app in apps[-2:]:
            post(house, app, ANNA, f"text {next(number)}")
        house.drain_intake()

    rotate(house, Kind.ENVELOPE_TAG, meanwhile)
    meanwhile()
    assert told(house) == [[f"text {n}" for n in range(6)]]
    for folder in (house.folders.gateway, house.folders.intake):
        (only,) = Generations.load(folder, ENVELOPE_TAG).all
        assert (only.number, only.key != old) == (2, True)
    renew(house)
    now = house.clock()
    forged = InboundMessage(SIDS[0], ANNA, LINE, "forged", (), "", now)
    put(house, Envelope, sealed_envelope(house, forged.to_bytes(), tag_key=old))
    house.drain_intake()
    assert house.incidents() == {"forged_envelope": 1}


def test_an_old_tag_key_stays_until_its_envelopes_are_handled(house: House) -> None:
    house.text(ANNA, "waiting")
    with pytest.raises(NotDrainedError):
        rotate(house, Kind.ENVELOPE_TAG)
    assert len(Generations.load(house.folders.intake, ENVELOPE_TAG).all) == 2
    renew(house)
    house.drain_intake()
    assert told(house) == [["waiting"]]
    rotate(house, Kind.ENVELOPE_TAG)
    assert [g.number for g in Generations.load(house.folders.intake, ENVELOPE_TAG).all] == [2]


# -- interrupted ------------------------------------------------------------------------------

GENERATIONS = (Kind.INDEX, Kind.SUPPRESSION, Kind.DEDUPE, Kind.ENVELOPE_TAG, Kind.STATUS_TAG)


def rotate_and_be_killed(
    house: House, kind: Kind, file: int, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Rotate until one file is to be made or destroyed. Return whether it came so far."""
    done = iter(range(100))
    with monkeypatch.context() as patched:
        for name in ("create", "destroy"):
            real = getattr(KeyFolder, name)

            def step(self: object, *arguments: object, real: object = real) -> object:
                if next(done) == file:
                    raise KilledError
                return real(self, *arguments)

            patched.setattr(KeyFolder, name, step)
        try:
            rotate(house, kind)
        except KilledError:
            return True
    return False


@pytest.mark.parametrize("kind", GENERATIONS)
@pytest.mark.parametrize("file", range(6))
def test_killed_at_any_file_and_given_again_it_ends_as_one_rotation(
    sqlite_house: House, kind: Kind, file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_house
    house.text(ANNA, "one")
    house.drain_intake()
    was_killed = rotate_and_be_killed(house, kind, file, monkeypatch)
    assert was_killed or file >= 2
    renew(house)
    house.text(ANNA, "two")
    house.drain_intake()
    if was_killed:
        rotate(house, kind)
    renew(house)
    house.text(ANNA, "three")
    house.drain_intake()
    assert told(house) == [["one", "two", "three"]]
    for folder in (house.folders.gateway, house.folders.intake, house.folders.delivery):
        if folder.names(f"{kind.value}-"):
            assert Generations.load(folder, kind.value).current.number == 2
    assert house.incidents() == {}


def test_without_the_unlock_secret_nothing_is_rotated(sqlite_house: House) -> None:
    house = sqlite_house
    for name, kind in (("intake", Kind.INDEX), ("gateway", Kind.DEDUPE)):
        folder = getattr(house.folders, name)
        monkey = type(folder)(house.instance.keys / name, name, bytes(32))
        before = folder.names()
        with pytest.raises((UnlockError, KeyMissingError)):
            Rotation(
                type(house.folders)(
                    **{
                        each: monkey if each == name else getattr(house.folders, each)
                        for each in PROCESSES
                    }
                ),
                house.stores.main,
                house.clock,
                str,
                nothing,
            ).rotate(kind)
        assert folder.names() == before
