"""The way out: a page that is blank and leads on at once, to where anybody might be.

Without script no page can take itself out of the history, so the button to go back must find
nothing. Pages are not stored (no-store) and their fields not remembered (autocomplete), but
Chromium keeps even such a page alive for a while, with what was typed. It drops it when the site
answers with Clear-Site-Data; but the page that one leaves is put aside only after the next page's
own headers have come. So the header comes with a style sheet of the blank page, whose entry in the
history is replaced by that of the page it leads to, as browsers do for a refresh without delay.
"""

from __future__ import annotations

from flask import Response, render_template

from tipline.gateway.web.frame import public

EXIT_URL = "https://www.weather.gov/"


@public.get("/leave")
def leave() -> str:
    """Show nothing, and lead away."""
    return render_template("public/leave.html", exit_url=EXIT_URL)


@public.get("/leave.css")
def leave_style() -> Response:
    """Have the browser forget what it holds of this site (W3C Clear Site Data)."""
    response = Response("", mimetype="text/css")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
