"""Who an act is for, without saying it to everybody. docs/formats.md, "Addressees"."""

import secrets

from cbm_formats.act import COMMITMENT_COUNTS
from cbm_formats.digests import DIGEST_BYTES, addressee_commitment
from cbm_formats.names import is_state
from cbm_formats.refused import require

SALT_BYTES = 32


def commit(states, random_bytes=secrets.token_bytes):
    """Commitments to States, padded and sorted, and the openings: (salt, state), ordered by state."""
    states = sorted(set(states))
    require(1 <= len(states) <= max(COMMITMENT_COUNTS), "an act is for 1 to 64 States")
    require(all(map(is_state, states)), "a State is named by two capitals")
    openings = [(random_bytes(SALT_BYTES), state) for state in states]
    # Random values among them, so that the number of addressees does not show.
    count = next(each for each in COMMITMENT_COUNTS if each >= len(states))
    padding = [random_bytes(DIGEST_BYTES) for _ in range(count - len(states))]
    return sorted([addressee_commitment(*opening) for opening in openings] + padding), openings


def check_addressees(openings, commitments):
    """The openings (salt, state) of an act that is handed in: all of them, among as many commitments as
    there must be for so many States."""
    require(1 <= len(openings) <= max(COMMITMENT_COUNTS), "an act is for 1 to 64 States")
    count = next(each for each in COMMITMENT_COUNTS if each >= len(openings))
    require(len(commitments) == count, f"for so many States there are {count} commitments")
    require(all(is_state(state) for _, state in openings), "a State is named by two capitals")
    check_openings(openings, commitments)


def check_openings(openings, commitments):
    """Each opening (salt, state) shows that a commitment of the act names its State."""
    states = [state for _, state in openings]
    require(states == sorted(set(states)), "openings are not ordered by state, each once")
    for salt, state in openings:
        require(len(salt) == SALT_BYTES, f"the salt for {state} has not 32 bytes")
        require(addressee_commitment(salt, state) in commitments, f"the act does not name {state}")
