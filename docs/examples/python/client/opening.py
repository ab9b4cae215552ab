"""Opens notifications: asks for their contents, which is an act, and shows what they say."""

import json
import pathlib

import grpc

from cbm_formats.act import read_logged
from cbm_formats.content import is_line, read_manifest
from cbm_formats.digests import content_digest, sha256
from cbm_formats.refused import require
from client.acts import new_act, new_request, perform
from client.failures import USAGE, Failure

# A page holds at most 200 entries; of the one that is asked for, one is enough.
ONE = 1


def run(profile, protos, exchange, words):
    """Prints a JSON line for each notification: its manifest."""
    for text in words.act_digest:
        try:
            digest = bytes.fromhex(text)
        except ValueError:
            raise Failure(USAGE, f"'{text}' is no digest: 64 hexadecimal digits") from None
        manifest_digest, version = _find(profile, protos, exchange, digest)
        plaintext = _open(profile, protos, exchange, digest, version, manifest_digest)
        manifest = read_manifest(plaintext)
        if words.save:
            for listed in manifest.contents:
                _save(protos, exchange, digest, listed, pathlib.Path(words.save))
        print(json.dumps(_describe(text, manifest), ensure_ascii=False))


def _find(profile, protos, exchange, digest):
    """Which manifest the act names, and the notification's version.

    The exchange says where the act stands. That it is this act is plain from its digest, so that the
    manifest's digest need not be taken on anybody's word.
    """
    where = exchange.call("NotificationService.Get",
                          protos.GetNotificationRequest(act_digest=digest)).notification
    cursor = protos.Cursor(ledger=where.ledger, epoch=profile.log_key.epoch, ordinal=where.ordinal)
    page = exchange.call("LedgerService.ListEntries",
                         protos.ListEntriesRequest(cursor=cursor, page_size=ONE))
    require(page.records and sha256(page.records[0].act) == digest,
            "the exchange shows another act than the one that was asked for")
    act = read_logged(page.records[0].act, profile.exchange_id)
    require(act.manifest_digest, "the act has no content")
    return act.manifest_digest, where.record_version


def _open(profile, protos, exchange, digest, version, manifest_digest):
    """The manifest's bytes; of what was sent to the State by name, after an act that asks for them."""
    try:
        return _fetch(protos, exchange, digest, manifest_digest)
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
            raise
    act = new_act(profile, protos)
    act.audience.own.SetInParent()
    act.references.add(act_digest=digest, record_version=version)
    # A program asks here, and nobody has read anything: the sender is told so.
    act.open.manner = protos.OPEN_MANNER_AUTOMATIC
    perform(exchange, new_request(profile, protos, act))
    return _fetch(protos, exchange, digest, manifest_digest)


def _fetch(protos, exchange, act_digest, digest):
    """A content of the act, which must be the one of that digest."""
    content = exchange.call("LedgerService.GetContent", protos.GetContentRequest(
        act_digest=act_digest, content_digest=digest)).content
    require(content_digest(content.open.salt, content.open.plaintext) == digest,
            "the content is not the one that the act names")
    return content.open.plaintext


def _save(protos, exchange, act_digest, listed, folder):
    """Writes an attachment. Its name is its author's: it must not lead out of the folder."""
    require(is_line(listed.name) and listed.name not in ("", ".", "..")
            and not set(listed.name) & {"/", "\\"}, "an attachment's name is none of a file")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / listed.name).write_bytes(_fetch(protos, exchange, act_digest, listed.digest))


def _describe(act_digest, manifest):
    return {"act_digest": act_digest, "subject": manifest.subject, "body": manifest.body,
            "fields": {field.name: field.value for field in manifest.fields},
            "attachments": [listed.name for listed in manifest.contents],
            "translations": [{"language": each.language, "made_by": each.made_by, "text": each.text}
                             for each in manifest.translations]}
