"""What members do in a browser."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.console.house import PASSWORD, TIPS, House, thread_path

MOST_STOPS = 80


def credentials(house: House, name: str) -> dict[str, str]:
    """What a member types into the sign-in form, by its labels."""
    # A code works once.
    house.clock.move(seconds=30)
    return {
        "Email": house.people[name].email,
        "Password": PASSWORD,
        "One-time code": house.browser().code(name),
    }


def sign_in(page: Page, house: House, name: str) -> None:
    page.goto("/sign-in")
    for label, words in credentials(house, name).items():
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def new_thread(house: House, sender: str) -> tuple[str, str]:
    """Let a resident text. Return the alias and the thread's path."""
    alias = house.text("There is a light in the empty house.", sender=sender)
    return alias, thread_path(alias, TIPS)


def sideways(page: Page) -> int:
    """Return by how many pixels the page, with its style sheets, is wider than the window."""
    page.wait_for_load_state()
    wider = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(wider))


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus; at each stop the focus must be seen."""
    element = wanted.element_handle()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if element.evaluate("(one) => one === document.activeElement"):
            assert focus_is_seen(page), page.evaluate("() => document.activeElement.outerHTML")
            return
    raise AssertionError(f"{wanted} cannot be reached by keyboard")


def focus_is_seen(page: Page) -> bool:
    """Tell whether the focused element has an outline and lies within the window.

    Of a box to be ticked that is what its label draws: the field itself lies off the page.
    """
    return bool(
        page.evaluate(
            """() => {
                const focused = document.activeElement;
                const isDrawn = focused.matches(".usa-checkbox__input, .usa-radio__input");
                const one = isDrawn ? focused.labels[0] : focused;
                const style = getComputedStyle(one, isDrawn ? "::before" : null);
                const box = one.getBoundingClientRect();
                return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                    && box.width > 0 && box.bottom > 0 && box.top < innerHeight
                    && box.right > 0 && box.left < innerWidth;
            }"""
        )
    )
