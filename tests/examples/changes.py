"""Changes that make a right message wrong."""


def having(**fields):
    """A change of a message: these fields have these values; a__b is the field b of the field a."""
    def change(message):
        for name, value in fields.items():
            at, parts = message, name.split("__")
            for part in parts[:-1]:
                at = getattr(at, part)
            setattr(at, parts[-1], value)
    return change
