"""What acts and outcomes are called, in the reader's language."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from tipline.audit.acts import Act, Outcome
from tipline.audit.copies import UNREADABLE
from tipline.language.marking import marked

ACTS: Final = {
    Act.SIGN_IN: marked("Signed in"),
    Act.SIGN_OUT: marked("Signed out"),
    Act.PROVE_IDENTITY: marked("Proved again who they are"),
    Act.ENROL: marked("Took up an invitation"),
    Act.CHANGE_PASSWORD: marked("Changed their password"),
    Act.CHANGE_PASSKEYS: marked("Added or removed a passkey"),
    Act.RENEW_OWN_KEY: marked("Got a new key"),
    Act.END_SESSIONS: marked("Ended sessions of their own"),
    Act.CHANGE_OWN_SETTINGS: marked("Changed settings of their own"),
    Act.LIST_THREADS: marked("Looked at a list of threads"),
    Act.SEARCH: marked("Searched"),
    Act.VIEW_THREAD: marked("Viewed a thread"),
    Act.VIEW_SET_ASIDE: marked("Viewed messages set aside"),
    Act.VIEW_LOG: marked("Viewed this log"),
    Act.EXPORT_LOG: marked("Exported a part of this log"),
    Act.REVIEW_LOG: marked("Reviewed a week of this log"),
    Act.PRINT_THREAD: marked("Printed a thread"),
    Act.REPLY: marked("Replied"),
    Act.SEND_AGAIN: marked("Sent a reply again"),
    Act.ADD_NOTE: marked("Wrote a note"),
    Act.ASSIGN: marked("Changed who works on a thread"),
    Act.SET_URGENCY: marked("Changed whether a thread is urgent"),
    Act.CLOSE: marked("Closed a thread"),
    Act.REOPEN: marked("Opened a thread again"),
    Act.CHANGE_CASE: marked("Changed a case file"),
    Act.CHANGE_THREAD_LANGUAGE: marked("Changed the language of a thread"),
    Act.RESTRICT: marked("Restricted a thread, or named who reads it"),
    Act.LIFT_RESTRICTION: marked("Lifted the restriction of a thread"),
    Act.OPEN_RESTRICTED: marked("Opened what no member could, with the recovery key"),
    Act.TAKE_CALL: marked("Took down a call"),
    Act.MAKE_LINE: marked("Made a line"),
    Act.CHANGE_LINE_SETTINGS: marked("Changed what is said of a line"),
    Act.MAKE_LINE_KEYS: marked("Made keys of a line"),
    Act.RECOVER_LINE_KEYS: marked("Recovered the keys of a line"),
    Act.VIEW_PEOPLE: marked("Viewed the members of a line"),
    Act.ADMIT: marked("Admitted a member to a line"),
    Act.REMOVE: marked("Removed a member from a line"),
    Act.VIEW_ACCOUNTS: marked("Viewed accounts"),
    Act.INVITE: marked("Invited somebody"),
    Act.VIEW_APPROVALS: marked("Viewed what waits for a second person"),
    Act.ASK: marked("Asked for what a second person must agree to"),
    Act.AGREE: marked("Agreed to what another asked"),
    Act.DECLINE: marked("Declined what another asked, or ended an invitation"),
    Act.WITHDRAW: marked("Withdrew what they had asked"),
    Act.GIVE_ROLE: marked("Gave a role"),
    Act.TAKE_ROLE: marked("Took a role away"),
    Act.DISABLE_ACCOUNT: marked("Disabled an account"),
    Act.ENABLE_ACCOUNT: marked("Enabled an account"),
    Act.RELEASE_ACCOUNT: marked("Released an account that was locked"),
    Act.RESET_ACCOUNT: marked("Had an account start anew"),
    Act.ROTATE_KEY: marked("Gave the instance new keys"),
    Act.ADD_WITNESS: marked("Registered a witness of this log"),
    Act.REMOVE_WITNESS: marked("Removed a witness of this log"),
    Act.CONTINUE_LOG: marked("Let the log go on after a restore"),
}
OUTCOMES: Final = {
    Outcome.DONE: marked("done"),
    Outcome.NOT_DONE: marked("not done"),
    Outcome.FAILED: marked("failed"),
}
STRANGE: Final = marked("An entry that nobody of ours wrote")
OTHER: Final = marked("Something else")


def act_words(act: str) -> str:
    """Return what an act is called, by its word in the log."""
    if act == UNREADABLE:
        return str(gettext(STRANGE))
    return str(gettext(ACTS[Act(act)])) if act in set(ACTS) else str(gettext(OTHER))


def outcome_words(outcome: Outcome) -> str:
    """Return how something ended."""
    return str(gettext(OUTCOMES[outcome]))


def act_choices() -> list[tuple[str, str]]:
    """Return all acts that can be looked for, by what they are called."""
    named = [(act.value, str(gettext(words))) for act, words in ACTS.items()]
    return sorted(named, key=lambda choice: choice[1].casefold())
