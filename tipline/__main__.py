"""`python -m tipline`: the operator's commands, and those of people outside."""

import sys
from collections.abc import Callable, Sequence

from tipline.audit import showing_command, witness_command

OUTSIDE: dict[str, Callable[[Sequence[str]], int]] = {
    witness_command.COMMAND: witness_command.main,
    showing_command.COMMAND: showing_command.main,
}
NOT_INSTALLED = (
    "This runs where the tip line runs, or where all of requirements.txt is installed: {missing} "
    "is not. With the library cryptography alone there are audit witness and audit check-proof.\n"
)


def main(arguments: list[str]) -> int:
    """Run one command. Return its exit status."""
    command = OUTSIDE.get(" ".join(arguments[:2]))
    if command is not None:
        return command(arguments[2:])
    # Who is outside has no instance, and need not have installed what one is made of.
    try:
        from tipline.instance import commands  # noqa: PLC0415
    except ModuleNotFoundError as error:
        sys.stderr.write(NOT_INSTALLED.format(missing=error.name))
        return 1
    return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
