"""`python -m tipline doctor`: looks at an instance where it runs, and says what to do.

Each check is a function that takes the `Patient` and returns findings. No finding holds a secret,
a number, an address or a key: an operator may send the whole report to somebody who helps.
"""
