"""Acts: what an office does. docs/formats.md, "Act"."""

from cbm_formats.act_kinds import check_kind
from cbm_formats.canonical import read_canonical
from cbm_formats.digests import DIGEST_BYTES
from cbm_formats.instants import NANOS, nanos_of
from cbm_formats.names import is_exchange_id, is_framework, is_office, is_party, require_is_of
from cbm_formats.reading import read
from cbm_formats.refused import require

PURPOSE = "cbm.v1/act"
ACT_BYTES_MAX = 16384
ACT_ID_BYTES = 16
VALID_NANOS_MAX = 30 * 24 * 3600 * NANOS
REFERENCES_MAX = 64
COMMITMENT_COUNTS = (8, 16, 32, 64)


def read_logged(data, exchange_id):
    """An act that stands in a ledger: it may have fields and kinds of a later version."""
    require(len(data) <= ACT_BYTES_MAX, f"an act has at most {ACT_BYTES_MAX} bytes")
    act = read(data, "Act")
    require_is_of(act, PURPOSE, exchange_id)
    return act


def read_new(data):
    """An act as it may be handed in: canonical, and every field within its bounds."""
    require(len(data) <= ACT_BYTES_MAX, f"an act has at most {ACT_BYTES_MAX} bytes")
    act = read_canonical(data, "Act")
    require_is_of(act, PURPOSE)
    require(is_exchange_id(act.exchange_id), "exchange_id is none")
    _check_author(act)
    _check_times(act)
    _check_audience(act.audience)
    require(all(low < high for low, high in zip(act.office_filter, act.office_filter[1:])),
            "office_filter does not ascend")
    require(0 not in act.office_filter, "office_filter has an unspecified value")
    require(len(act.references) <= REFERENCES_MAX, "there are too many references")
    for reference in act.references:
        require(len(reference.act_digest) == DIGEST_BYTES, "a reference names no act")
        require(len(reference.party_set) in (0, DIGEST_BYTES), "a reference names no party set")
    require(len(act.manifest_digest) in (0, DIGEST_BYTES), "manifest_digest is no digest")
    check_kind(act)
    return act


def _check_author(act):
    require(is_uuid_version_7(act.act_id), "act_id is no UUID of version 7")
    require(is_party(act.party), "party is none")
    require(is_office(act.office), "office is none")
    require(len(act.signing_credential) == DIGEST_BYTES, "signing_credential is no digest")


def is_uuid_version_7(act_id):
    """16 bytes; the seventh begins with the version, the ninth with the variant of RFC 9562."""
    return len(act_id) == ACT_ID_BYTES and act_id[6] >> 4 == 7 and act_id[8] >> 6 == 0b10


def _check_times(act):
    made, until = nanos_of(act.author_time, "author_time"), nanos_of(act.valid_until, "valid_until")
    require(made < until, "valid_until is not after author_time")
    require(until - made <= VALID_NANOS_MAX, "valid_until is more than 30 days after author_time")


def _check_audience(audience):
    require(audience is not None, "audience is missing")
    to = audience.which("to")
    require(to is not None, "audience is empty")
    if to.name == "commitments":
        commitments = audience.commitments.commitments
        require(len(commitments) in COMMITMENT_COUNTS, "there are not 8, 16, 32 or 64 commitments")
        require(all(len(each) == DIGEST_BYTES for each in commitments), "a commitment is no digest")
        require(all(low < high for low, high in zip(commitments, commitments[1:])),
                "commitments do not ascend")
        require(audience.commitments.list != 0, "list is unspecified")
    elif to.name == "all":
        require(is_framework(audience.all.framework), "framework is none")
    elif to.name == "party_set":
        require(len(audience.party_set.digest) == DIGEST_BYTES, "party_set is no digest")
