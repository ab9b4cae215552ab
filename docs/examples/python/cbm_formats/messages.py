"""The messages and enums, in the notation of the tables in docs/formats.md: name [number] type.

A type that stands once after several fields is the type of all of them, as in those tables.
"""

import re

_MESSAGES = {
    "Timestamp": "seconds [1] int64, nanos [2] int32",
    "Act": """
        purpose [1] string, version [2] uint32, exchange_id [3] string, act_id [4] bytes,
        party [5] string, office [6] string, signing_credential [7] bytes, author_time [8] Timestamp,
        valid_until [9] Timestamp, audience [10] Audience, office_filter [11] repeated OfficeType,
        references [12] repeated Reference, manifest_digest [13] bytes,
        one of kind: submit [100] Submit, open [101] Open, acknowledge [102] Acknowledge,
        reply [103] Reply, consultation_request [140] ConsultationRequest, answer [141] Answer,
        schedule [142] Schedule, post [143] Post, mark_held [144] MarkHeld,
        draft_record [145] DraftRecord, confirm_record [146] ConfirmRecord,
        refuse_record [147] RefuseRecord, file_statement [148] FileStatement, leave [149] Leave,
        withdraw_consultation [150] WithdrawConsultation, enrol [180] Enrol,
        grant_integration [181] GrantIntegration,
        suspend_credential [182] SuspendCredential, restore_credential [183] RestoreCredential,
        revoke_credential [184] RevokeCredential, renew_credential [185] RenewCredential""",
    "Audience": """
        one of to: commitments [1] AddresseeCommitments, all [2] AllOfFramework,
        secretariat [3] ToSecretariat, party_set [4] PartySet, own [5] OwnParty""",
    "AddresseeCommitments": "commitments [1] repeated bytes, list [2] ListVisibility",
    "AllOfFramework": "framework [1] string",
    "ToSecretariat": "",
    "OwnParty": "",
    "PartySet": "digest [1] bytes",
    "Reference": """
        act_digest [1] bytes, record_version [2] uint32, party_set [3] bytes,
        office_version [4] uint64""",
    "Submit": "notification [1] Notification, follow_up [2] FollowUp",
    "Reply": "notification [1] Notification, outcome [2] ReplyOutcome, quotes [3] Quoting",
    "Notification": """
        kind [1] string, precedence [2] Precedence, context [3] Context, marking [4] Marking,
        measures [5] repeated string, language [6] string, answer_wanted_by [7] Timestamp""",
    "Open": "manner [1] OpenManner",
    "Acknowledge": "manner [1] OpenManner",
    "ConsultationRequest": """
        notification [1] Notification, proposed_times [2] repeated Timestamp,
        level [3] ConsultationLevel, format [4] ConsultationFormat, answer_by [5] Timestamp""",
    "Answer": "consultation_id [1] bytes, answer [2] AnswerKind",
    "Schedule": "consultation_id [1] bytes, from [2], to [3] Timestamp",
    "MarkHeld": "consultation_id [1] bytes, from [2], to [3] Timestamp",
    "DraftRecord": "consultation_id [1] bytes, record_version [2] uint32",
    "ConfirmRecord": "consultation_id [1], record_digest [2] bytes",
    "RefuseRecord": "consultation_id [1], record_digest [2] bytes",
    "Post": "consultation_id [1] bytes",
    "FileStatement": "consultation_id [1] bytes",
    "Leave": "consultation_id [1] bytes",
    "WithdrawConsultation": "consultation_id [1] bytes",
    "Enrol": """
        party [1], office [2] string, type [3] OfficeType, credential [4] Credential,
        possession [5] bytes""",
    "Credential": """
        certificate [1] bytes, purposes [2] repeated CredentialPurpose, scopes [3] repeated Scope""",
    "GrantIntegration": "office [1] string, reading [2] IntegrationReading, ceiling [3] Marking",
    "CredentialName": "party [1], office [2] string, credential [3] bytes",
    "SuspendCredential": "of [1] CredentialName, reason [2] CredentialReason",
    "RestoreCredential": "of [1] CredentialName",
    "RevokeCredential": "of [1] CredentialName, reason [2] CredentialReason",
    "RenewCredential": "certificate [1], possession [2] bytes",
    "Manifest": """
        purpose [1] string, version [2] uint32, subject [3], body [4] string,
        fields [5] repeated Field, contents [6] repeated ListedContent,
        translations [7] repeated Translation""",
    "Field": "name [1], value [2] string",
    "ListedContent": """
        digest [1] bytes, name [2], media_type [3] string, size [4] uint64, key [5] bytes""",
    "Translation": "language [1], made_by [2], text [3] string",
    "AddresseeOpening": "salt [1] bytes, state [2] string",
    "Entry": """
        purpose [1] string, version [2] uint32, exchange_id [3], ledger [4] string,
        ordinal [5] uint64, time [6] Timestamp, kind [7] ActKind, role [8] EntryRole,
        act_digest [9], signature_digest [10] bytes, openings [11] repeated AddresseeOpening,
        delivered [12] repeated Delivered, given_digest [13] bytes, summary [14] Summary,
        effect [15] Effect, carrying_credential [16], salt [17] bytes""",
    "Delivered": "party [1] string, leaf_hash [2] bytes",
    "Summary": """
        precedence [1] Precedence, context [2] Context, marking [3] Marking, acted_on [4] bytes,
        record_version [5] uint32, new_state [6] string, instants [7] repeated Timestamp,
        party [8] string, commitment [9] bytes, manner [10] OpenManner,
        notification_kind [11] string""",
    "Effect": """
        states [1] repeated string, acknowledge_by [2] Timestamp, record_version [3] uint32,
        parameters [4] repeated Parameter, consultation [5] ConsultationState, valid_from [6],
        valid_to [7], answer_by [8], follow_up_by [9], final_report_by [10] Timestamp""",
    "Parameter": "name [1], value [2] string",
    "ConsultationState": """
        consultation_id [1] bytes, state [2] string, parties [3], invitees [4] repeated string,
        facilitator [5] string, answer_by [6], meeting_from [7], meeting_to [8] Timestamp,
        record_version [9] uint32, record_digest [10] bytes, confirmed [11] repeated string,
        requester [12] string, requested [13], accepted [14], marked_held [15], concluded [16],
        held_from [17], held_to [18] Timestamp, precedence [19] Precedence, context [20] Context,
        marking [21] Marking, invitations [22] repeated Invitation, refused [23],
        statements [24] repeated string, requester_left [25] Timestamp""",
    "Invitation": """
        state [1] string, commitment [2] bytes, answer [3] AnswerKind, answered [4],
        left [5] Timestamp""",
    "Receipt": """
        purpose [1] string, version [2] uint32, evidence [3] repeated Evidence,
        certificate_chain [4] repeated bytes, anchor_proof [5] string,
        cosignatures [6] repeated string""",
    "Evidence": "act [1], signature [2], entry [3] bytes, tlog_proof [4] string",
}

# What each enum may be; 0 is "unspecified" everywhere.
_ENUMS = {
    "ListVisibility": 2, "Precedence": 3, "Context": 3, "Marking": 5, "OpenManner": 2, "FollowUp": 3,
    "ReplyOutcome": 3, "Quoting": 2, "OfficeType": 8, "CredentialPurpose": 3, "Scope": 6,
    "ConsultationLevel": 3, "ConsultationFormat": 4, "AnswerKind": 4, "IntegrationReading": 2,
    "EntryRole": 5, "CredentialReason": 4,
}

# The roles of an entry, by name.
OWN, ADDRESSED, INFORMED, HEADER, REFUSED = range(1, 6)

_NUMBER_BITS = {"uint32", "uint64", "int32", "int64"}


class Field:
    """One row of a table."""

    def __init__(self, name, number, type, repeated, one_of):
        self.name = name
        self.number = number
        self.type = type
        self.repeated = repeated
        self.one_of = one_of  # The name of its `oneof`, or None.

    @property
    def is_message(self):
        return self.type in MESSAGES

    @property
    def is_number(self):
        """Whether it is an integer or an enum, which are packed where they repeat."""
        return self.type in ENUMS or self.type in _NUMBER_BITS

    @property
    def default(self):
        if self.repeated:
            return []
        return None if self.is_message else {"string": "", "bytes": b""}.get(self.type, 0)


def _read_table(text):
    fields, one_of, waiting = {}, None, []
    for row in filter(None, re.split(r",\s*", " ".join(text.split()))):
        begun = re.match(r"one of (\w+): ", row)
        if begun:
            one_of, row = begun.group(1), row[begun.end():]
        name, number, repeated, type = re.fullmatch(r"(\w+) \[(\d+)\](?: (repeated )?(\w+))?",
                                                    row).groups()
        waiting.append((name, int(number)))
        if type:
            for each, its_number in waiting:
                fields[its_number] = Field(each, its_number, type, bool(repeated), one_of)
            waiting = []
    return fields


MESSAGES = {name: None for name in _MESSAGES}
MESSAGES.update((name, _read_table(text)) for name, text in _MESSAGES.items())
# An ActKind is the number of the act's field of that kind.
KINDS = {field.number: field.name for field in MESSAGES["Act"].values() if field.one_of}
ENUMS = {name: set(range(most + 1)) for name, most in _ENUMS.items()}
ENUMS["ActKind"] = {0, *KINDS}
