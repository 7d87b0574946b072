"""What a witness says of what it found: one plain sentence, and what to do if it is an alarm."""

from __future__ import annotations

from datetime import UTC, datetime

from tipline.audit.witnessing import Before, Finding, Look, Witness

EVIDENCE = (
    "Nothing was cosigned. Both statements, each signed with the log's own key, are kept in the "
    "state file: show them with --show evidence, keep copies, and tell those who oversee the log."
)


def sentence(witness: Witness, found: Look) -> str:
    """Return what a witness says who knew so much before it looked."""
    if witness.newest is None and witness.before is not None:
        return _of_a_continuing_log(witness, witness.before, found)
    origin, size = witness.log.name, f"{found.shown.size:,}"
    if witness.first is None or witness.newest is None:
        return (
            f"{origin} has {size} entries, seen for the first time: later looks will be compared "
            "with this one."
        )
    was, date = witness.newest.checkpoint.size, day(witness.newest.at)
    if found.finding is Finding.AS_IT_WAS:
        return (
            f"{origin} has {size} entries, {found.shown.size - was:,} more than on {date}; all "
            f"that was seen of it since {day(witness.first.at)} is as it was."
            f"{_reminder(found.witness)}"
        )
    what = {
        Finding.ROLLED_BACK: f"was rolled back: it had {was:,} entries on {date} and has {size} "
        "now",
        Finding.REWRITTEN: f"has other entries than on {date}: still {size}, and not the same",
        Finding.FORKED: f"was rewritten: the first {was:,} of its {size} entries are not those of "
        f"{date}",
    }[found.finding]
    return f"{origin} {what}. {EVIDENCE}"


def _of_a_continuing_log(witness: Witness, before: Before, found: Look) -> str:
    origin, was = witness.log.name, f"{before.seen.checkpoint.size:,}"
    old, date = before.log.name, day(before.seen.at)
    told = f"{found.told.size:,}" if found.told is not None else ""
    begins = f"{origin} has {found.shown.size:,} entries. It goes on after {old}"
    return {
        Finding.CONTINUES: f"{begins} of {was} entries, which is what you cosigned last, on {date}."
        f"{_reminder(found.witness)}",
        Finding.CONTINUES_LATER: f"{begins} of {told} entries. You saw {was} of them, on {date}: "
        "whether it had these and more, only somebody can tell who witnessed it later. Ask who "
        "did, and for what they cosigned. The new log is watched from now on."
        f"{_reminder(found.witness)}",
        Finding.CONTINUES_EARLIER: f"{begins} of {told} entries. But it had {was} when you "
        f"cosigned it last, on {date}: what came in between is left out, and nobody says that it "
        f"is lost. {EVIDENCE}",
        Finding.CONTINUES_OTHERWISE: f"{begins} of {told} entries, which are not those that you "
        f"cosigned on {date}. {EVIDENCE}",
        Finding.CONTINUES_NOTHING: f"{origin} was said to go on after {old}, and does not say so "
        f"itself: its first entry is another one. {EVIDENCE}",
    }[found.finding]


def _reminder(witness: Witness) -> str:
    if not witness.contradictions:
        return ""
    return " But it has contradicted itself before: see --show evidence."


def day(seconds: int) -> str:
    """Return the day of a time (seconds since 1970, UTC) as in 2026-11-20."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
