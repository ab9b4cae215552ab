"""Timestamps: seconds since 1970-01-01T00:00:00Z, and nanoseconds."""

import datetime

from cbm_formats.refused import require

NANOS = 10**9
# The last second of the year 9999.
SECONDS_MAX = 253402300799


def nanos_of(timestamp, what):
    """A time of the years 1970 to 9999 as nanoseconds since 1970."""
    require(timestamp is not None, f"{what} is missing")
    require(0 <= timestamp.seconds <= SECONDS_MAX and 0 <= timestamp.nanos < NANOS,
            f"{what} is no time of the years 1970 to 9999")
    return timestamp.seconds * NANOS + timestamp.nanos


def show(nanos):
    """2026-03-10T21:52:00.123456Z, without what is zero at its end."""
    seconds, rest = divmod(nanos, NANOS)
    shown = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    fraction = f".{rest // 1000:06d}".rstrip("0").rstrip(".")
    return f"{shown:%Y-%m-%dT%H:%M:%S}{fraction}Z"
