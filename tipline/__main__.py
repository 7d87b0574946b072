"""`python -m tipline`: the operator's commands."""

import sys

from tipline.instance.commands import main

sys.exit(main(sys.argv[1:]))
