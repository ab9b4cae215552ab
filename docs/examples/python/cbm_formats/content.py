"""Contents and manifests: what an act says. docs/formats.md, "Content"."""

from cbm_formats.canonical import read_canonical
from cbm_formats.digests import DIGEST_BYTES, content_digest
from cbm_formats.names import require_is_of
from cbm_formats.reading import read
from cbm_formats.refused import require

PURPOSE = "cbm.v1/manifest"
SALT_BYTES = 32
MANIFEST_BYTES_MAX = 524288
BODY_BYTES_MAX = 65536
FIELD_VALUE_BYTES_MAX = 4096
FIELDS_MAX, CONTENTS_MAX, TRANSLATIONS_MAX = 64, 16, 8
_KEY_BYTES = (0, 32)


def open_content(data, digest):
    """Salt and plaintext of a content as it lies in a file, which must be the one of that digest."""
    require(len(data) >= SALT_BYTES, "a content begins with 32 bytes of salt")
    salt, plaintext = data[:SALT_BYTES], data[SALT_BYTES:]
    require(content_digest(salt, plaintext) == digest, "the content is not the one that is named")
    return salt, plaintext


def read_manifest(plaintext):
    """A manifest of an act that was taken: it may have fields of a later version."""
    manifest = read(plaintext, "Manifest")
    require_is_of(manifest, PURPOSE)
    return manifest


def read_new_manifest(plaintext):
    """A manifest as it may be handed in: canonical, and within its bounds."""
    require(len(plaintext) <= MANIFEST_BYTES_MAX, f"a manifest has at most {MANIFEST_BYTES_MAX} bytes")
    manifest = read_canonical(plaintext, "Manifest")
    require_is_of(manifest, PURPOSE)
    _require_line(manifest.subject, "subject", 0, 200)
    _require_text(manifest.body, "body", 0, BODY_BYTES_MAX)
    _require_ascending([field.name for field in manifest.fields], "fields", FIELDS_MAX)
    for field in manifest.fields:
        _require_line(field.name, "a field's name", 1, 64)
        _require_text(field.value, f"the field {field.name}", 0, FIELD_VALUE_BYTES_MAX)
    require(len(manifest.contents) <= CONTENTS_MAX, f"at most {CONTENTS_MAX} contents are listed")
    digests = [listed.digest for listed in manifest.contents]
    require(len(set(digests)) == len(digests), "a content is listed twice")
    for listed in manifest.contents:
        _check_listed(listed)
    languages = [translation.language for translation in manifest.translations]
    _require_ascending(languages, "translations", TRANSLATIONS_MAX)
    for translation in manifest.translations:
        _require_line(translation.language, "a translation's language", 1, 35)
        _require_line(translation.made_by, "a translation's made_by", 1, 200)
        _require_text(translation.text, "a translation's text", 1, BODY_BYTES_MAX)
    return manifest


def _check_listed(listed):
    require(len(listed.digest) == DIGEST_BYTES, "a listed content has no digest")
    _require_line(listed.name, "a file's name", 1, 200)
    require(not set(listed.name) & {"/", "\\"} and listed.name not in (".", ".."),
            "a file's name names a folder")
    _require_line(listed.media_type, "media_type", 0, 128)
    require(len(listed.key) in _KEY_BYTES, "a key has 32 bytes")


def is_line(text):
    """Whether it is one line: no control characters, and nothing that begins another."""
    return not any(each < " " or "\x7f" <= each <= "\x9f" or each in "\u2028\u2029" for each in text)


def _require_line(text, what, least, most):
    require(is_line(text), f"{what} is not one line")
    require(least <= len(text) <= most, f"{what} has not {least} to {most} characters")


def _require_text(text, what, least, most):
    require(least <= len(text.encode()) <= most, f"{what} has not {least} to {most} bytes")


def _require_ascending(names, what, most):
    require(len(names) <= most, f"there are more than {most} {what}")
    as_bytes = [name.encode() for name in names]
    require(all(low < high for low, high in zip(as_bytes, as_bytes[1:])), f"{what} do not ascend")
