"""Which languages there are, and where their catalogues lie."""

from __future__ import annotations

from pathlib import Path

# Each by its own name, for whoever looks for it.
LANGUAGES = {"en": "English", "es": "Español"}
# What sentences are written in. It needs no catalogue.
DEFAULT_LANGUAGE = "en"
# As gettext expects them: LANGUAGE/LC_MESSAGES/messages.mo.
CATALOGUES = Path(__file__).parent / "catalogues"
