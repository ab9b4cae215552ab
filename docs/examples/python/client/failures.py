"""How the client ends: as `cbm` does, so that a script can treat both alike."""

import grpc

DONE, FAILED_HERE, USAGE, REFUSED, NOT_NOW, NOT_PROVEN, NOT_FOUND = range(7)

_REFUSALS = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION,
             grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED,
             grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.ABORTED, grpc.StatusCode.OUT_OF_RANGE,
             grpc.StatusCode.UNIMPLEMENTED}


class Failure(Exception):
    """Ends the program with an exit code, and says why."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def exit_code_of(error):
    """The exit code for what a call ended with."""
    code = error.code()
    if code in _REFUSALS:
        return REFUSED
    if code == grpc.StatusCode.NOT_FOUND:
        return NOT_FOUND
    return NOT_PROVEN if code == grpc.StatusCode.DATA_LOSS else NOT_NOW


def is_worth_another_try(error):
    """Whether the same call may succeed later: the exchange is away, or busy."""
    return exit_code_of(error) == NOT_NOW
