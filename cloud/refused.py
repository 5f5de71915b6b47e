"""A command that cannot be done."""


class CommandError(Exception):
    """The message says what to do."""
