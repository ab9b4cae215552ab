"""Sends a notification to States by name."""

import json
import mimetypes
import pathlib

import grpc

from cbm_formats import addressees
from cbm_formats.reading import read
from cbm_formats.refused import Refused
from client.acts import fetch_receipt, new_act, new_manifest, new_request, perform, write_durably
from client.failures import NOT_NOW, USAGE, Failure, is_worth_another_try


def build(profile, protos, words):
    """The request that submits what the command line says."""
    act = new_act(profile, protos)
    fields = {"cross_border": words.cross_border} if words.cross_border else {}
    fields.update(field.split("=", 1) for field in words.field)
    attachments = [_attachment(pathlib.Path(file)) for file in words.attach]
    contents, act.manifest_digest = new_manifest(protos, words.subject, words.body, fields, attachments)
    commitments, openings = addressees.commit(words.to.upper().split(","))
    act.audience.commitments.commitments.extend(commitments)
    act.audience.commitments.list = (protos.LIST_VISIBILITY_SHOWN if words.show_list
                                     else protos.LIST_VISIBILITY_HIDDEN)
    notification = act.submit.notification
    notification.kind = words.kind
    notification.precedence = protos.Precedence.Value(f"PRECEDENCE_{words.precedence}")
    notification.context = protos.Context.Value(f"CONTEXT_{words.context}")
    notification.marking = protos.Marking.Value(f"MARKING_{words.marking}")
    notification.measures.extend(sorted(set(words.measure)))
    notification.language = words.language
    return new_request(profile, protos, act, openings, contents)


def _attachment(file):
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return file.name, media_type, file.read_bytes()


def run(profile, protos, exchange, words):
    """Sends it, and keeps the receipt. Until there is one, the signed act is kept in a file.

    Whoever dies in between sends the same file again (--again): the exchange takes an act once,
    however often it is handed in. A new act would be a second notification.
    """
    folder = pathlib.Path(words.dir)
    folder.mkdir(parents=True, exist_ok=True)
    if words.again:
        unsent = pathlib.Path(words.again)
        request = protos.PerformActRequest.FromString(unsent.read_bytes())
        act_id = _id_of(request)
    else:
        try:
            request = build(profile, protos, words)
        except (Refused, UnicodeEncodeError) as why:
            raise Failure(USAGE, f"this cannot be sent: {why}") from None
        act_id = _id_of(request)
        unsent = folder / f"{act_id.hex()}.unsent"
        write_durably(unsent, request.SerializeToString())
    kept = folder / f"{act_id.hex()}.receipt"
    try:
        perform(exchange, request)
        proven = fetch_receipt(exchange, profile, protos, act_id, kept)
    except grpc.RpcError as error:
        if is_worth_another_try(error):
            raise Failure(NOT_NOW, f"{error.details()}. The signed act is kept: send it with "
                          f"--again {unsent}") from None
        unsent.unlink()  # It was refused, and always will be.
        raise
    unsent.unlink()
    print(json.dumps({**proven, "receipt": str(kept)}))


def _id_of(request):
    return read(request.signed_act.act, "Act").act_id
