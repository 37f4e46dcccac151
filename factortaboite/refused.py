"""What is told to somebody who asked for what cannot be."""

from factortaboite.typography import typeset


class Refused(Exception):
    """What was asked cannot be done; the message says why in French, and may be shown as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message))
