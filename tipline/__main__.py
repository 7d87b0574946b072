"""`python -m tipline`: the operator's commands, and the witness's."""

import sys

from tipline.audit import witness_command


def main(arguments: list[str]) -> int:
    """Run one command. Return its exit status."""
    if arguments[:2] == witness_command.COMMAND.split():
        return witness_command.main(arguments[2:])
    # A witness has no instance, and need not have installed what one is made of.
    from tipline.instance import commands  # noqa: PLC0415

    return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
