"""How a check fails."""


class Refused(Exception):
    """What was looked at does not hold. The text says what is wrong with it."""


def require(holds, otherwise):
    """Refuses, with the text `otherwise`, unless `holds`."""
    if not holds:
        raise Refused(otherwise)
