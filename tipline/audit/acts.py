"""What can be done that the log keeps, and how it can end."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """What staff, an operator or the log itself did. A word once used is never given to another."""

    # Accounts and sessions
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    PROVE_IDENTITY = "prove_identity"
    ENROL = "enrol"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - an act, and no password
    CHANGE_PASSKEYS = "change_passkeys"
    RENEW_OWN_KEY = "renew_own_key"
    END_SESSIONS = "end_sessions"
    CHANGE_OWN_SETTINGS = "change_own_settings"
    # Reading
    LIST_THREADS = "list_threads"
    SEARCH = "search"
    VIEW_THREAD = "view_thread"
    VIEW_SET_ASIDE = "view_set_aside"
    VIEW_LOG = "view_log"
    EXPORT_LOG = "export_log"
    REVIEW_LOG = "review_log"
    PRINT_THREAD = "print_thread"
    # Threads
    REPLY = "reply"
    SEND_AGAIN = "send_again"
    ADD_NOTE = "add_note"
    ASSIGN = "assign"
    SET_URGENCY = "set_urgency"
    CLOSE = "close"
    REOPEN = "reopen"
    CHANGE_CASE = "change_case"
    CHANGE_THREAD_LANGUAGE = "change_thread_language"
    RESTRICT = "restrict"
    LIFT_RESTRICTION = "lift_restriction"
    OPEN_RESTRICTED = "open_restricted"
    TAKE_CALL = "take_call"
    # Lines
    MAKE_LINE = "make_line"
    CHANGE_LINE_SETTINGS = "change_line_settings"
    MAKE_LINE_KEYS = "make_line_keys"
    RECOVER_LINE_KEYS = "recover_line_keys"
    VIEW_PEOPLE = "view_people"
    ADMIT = "admit"
    REMOVE = "remove"
    # The installation
    VIEW_ACCOUNTS = "view_accounts"
    INVITE = "invite"
    VIEW_APPROVALS = "view_approvals"
    ASK = "ask"
    AGREE = "agree"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    GIVE_ROLE = "give_role"
    TAKE_ROLE = "take_role"
    DISABLE_ACCOUNT = "disable_account"
    ENABLE_ACCOUNT = "enable_account"
    RELEASE_ACCOUNT = "release_account"
    RESET_ACCOUNT = "reset_account"
    ROTATE_KEY = "rotate_key"
    ADD_WITNESS = "add_witness"
    REMOVE_WITNESS = "remove_witness"
    # The log itself
    PADDING = "padding"
    CONTINUE_LOG = "continue_log"


class Outcome(StrEnum):
    """How it ended: done or shown; not done, because it was refused or was so already; an error."""

    DONE = "done"
    NOT_DONE = "not_done"
    FAILED = "failed"
