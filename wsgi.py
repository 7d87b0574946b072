"""Entry points of the web servers: `wsgi:gateway` and `wsgi:console`.

Each is built when it is asked for (PEP 562), so that serving one never imports the other.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    gateway: Flask
    console: Flask


def __getattr__(name: str) -> object:
    if name == "gateway":
        from tipline.environment import with_files
        from tipline.gateway.app import gateway_from_environment

        return gateway_from_environment(with_files(os.environ))
    if name == "console":
        from tipline.console.app import console_from_environment
        from tipline.environment import with_files

        return console_from_environment(with_files(os.environ))
    raise AttributeError(name)
