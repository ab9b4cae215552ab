"""Dependencies point inwards: every #include of the tree is held against the table below.

The link graph alone does not protect it, since on Debian all those headers lie in /usr/include for
anyone to reach.
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)

# Everybody may use the standard library, abseil and fmt; not those of abseil's types that the standard
# library has too.
EVERYWHERE = ("absl/", "fmt/")
NOWHERE = ("absl/strings/string_view.h", "absl/types/optional.h", "absl/types/span.h",
           "absl/types/variant.h", "absl/types/any.h")

PROTOS = re.compile(r"cbm/v1/\w+(?<!_service)\.pb\.h")
SERVICES = re.compile(r"cbm/v1/\w+_service(\.grpc)?\.pb\.h")
PROTOBUF, GRPC, OPENSSL, SQLITE = "google/protobuf/", "grpc", "openssl/", "sqlite3.h"
ASIO = re.compile(r"boost/(asio|system)/.*")
POSIX = re.compile(r"(sys/\w+|fcntl|unistd|signal|pthread|sched|poll|termios|netdb|netinet/\w+|arpa/\w+)\.h")
FILES = re.compile(r"(sys/(stat|file|types|socket)|fcntl|unistd|filesystem|fstream)(\.h)?")
THREADS = re.compile(r"thread|mutex|condition_variable|future|atomic|shared_mutex")

CORE = ("core/base/", "core/crypto/", "core/log/", "core/evidence/", "core/rules/")

# Folder: what its files may include beside the standard library, abseil, fmt, and their own folder.
# The longest folder that fits a file counts.
MAY = {
    "core/base": (POSIX,),
    "core/crypto": ("core/base/", OPENSSL, POSIX),
    "core/log": ("core/base/", "core/crypto/"),
    "core/evidence": ("core/base/", "core/crypto/", "core/log/", PROTOS, PROTOBUF),
    "core/rules": ("core/base/", "core/crypto/digest.h", PROTOS, PROTOBUF),
    "server/store": (*CORE, PROTOS, PROTOBUF, SQLITE, "xxhash.h", POSIX),
    "server/sequencer": (*CORE, PROTOS, PROTOBUF, "server/store/store.h", POSIX),
    "server/gate": ("core/base/", "core/crypto/", OPENSSL, ASIO, POSIX),
    "server/identity": (*CORE, PROTOS, PROTOBUF, "server/store/store.h",
                        "server/gate/session_table.h", "server/gate/client_trust.h", GRPC),
    "server/service": (*CORE, PROTOS, SERVICES, PROTOBUF, GRPC, "server/identity/",
                       "server/sequencer/", "server/store/store.h", "server/ops/"),
    "server/config": ("core/base/", "toml++/", POSIX),
    "server/ops": ("core/base/", POSIX),
    "server/program": (*CORE, PROTOS, PROTOBUF, GRPC, OPENSSL, POSIX, "server/"),
    "server": ("server/", "CLI/", GRPC, PROTOBUF),
    "client": (*CORE, PROTOS, SERVICES, PROTOBUF, GRPC, "CLI/", "toml++/", "nlohmann/", POSIX),
    "client/diagnose.cc": (*CORE, PROTOS, OPENSSL, POSIX, "client/"),
    "tests": (re.compile(r".*"),),
}

# Of the standard library and POSIX, what a folder must do without.
NEVER = {
    "core/base": (FILES,),
    "core/log": (FILES, THREADS),
    "core/evidence": (FILES, THREADS),
    "core/rules": (FILES, THREADS, re.compile(r"chrono|ctime|time\.h")),
}


def fits(header, rules):
    return any(rule.fullmatch(header) if isinstance(rule, re.Pattern) else header.startswith(rule)
               for rule in rules)


def folder_of(file):
    """The row of the table that a file falls under; None if there is none."""
    rows = [row for row in MAY if file == row or file.startswith(row + "/")]
    return max(rows, key=len, default=None)


def is_standard(header):
    return "/" not in header and "." not in header


def faults_of(file, text):
    """What a file includes and may not."""
    folder = folder_of(file)
    if folder is None:
        return [f"{file}: its folder is in no row of the table"]
    own = folder if (ROOT / folder).is_dir() else str(pathlib.PurePath(folder).parent)
    faults = []
    for quoted, angled in INCLUDE.findall(text):
        header = quoted or angled
        allowed = header.startswith(own + "/") or is_standard(header) or fits(header, EVERYWHERE)
        allowed = allowed or fits(header, MAY[folder])
        if not allowed or header in NOWHERE or fits(header, NEVER.get(folder, ())):
            faults.append(f"{file} may not include {header}")
    return faults


def source_files():
    for top in ("core", "server", "client", "tests"):
        for file in sorted((ROOT / top).rglob("*")):
            if file.suffix in (".h", ".cc"):
                yield file


class Includes(unittest.TestCase):
    def test_every_include_is_allowed(self):
        files = list(source_files())
        self.assertGreater(len(files), 100, "the tree was not found")
        faults = [fault for file in files
                  for fault in faults_of(str(file.relative_to(ROOT)), file.read_text())]
        self.assertEqual(faults, [])

    def test_finds_what_is_not_allowed(self):
        for file, header in (
                ("core/rules/submit.cc", "<thread>"), ("core/rules/submit.cc", "<fstream>"),
                ("core/rules/submit.cc", '"core/crypto/hash.h"'),
                ("core/rules/submit.cc", '"core/evidence/encoded.h"'),
                ("core/base/hex.cc", '"core/log/tiles.h"'),
                ("core/log/tiles.cc", '"cbm/v1/act.pb.h"'),
                ("core/evidence/verify.cc", '"grpcpp/server.h"'),
                ("core/evidence/verify.cc", '"cbm/v1/act_service.pb.h"'),
                ("server/store/check.cc", '"server/service/call.h"'),
                ("server/store/check.cc", '"grpcpp/server.h"'),
                ("server/sequencer/sequencer.cc", '"sqlite3.h"'),
                ("server/service/call.cc", '"server/store/sqlite_store.h"'),
                ("server/service/call.cc", '"server/gate/session_table.h"'),
                ("server/gate/session.cc", '"grpcpp/server.h"'),
                ("server/gate/session.cc", '"server/store/store.h"'),
                ("server/identity/identity.cc", '"server/gate/gate.h"'),
                ("server/config/config.cc", '"server/store/store.h"'),
                ("client/profile.cc", '"server/ops/log.h"'), ("client/files.cc", "<openssl/ssl.h>"),
                ("core/base/hex.cc", '"absl/types/span.h"'), ("elsewhere/file.cc", "<string>")):
            with self.subTest(file=file, header=header):
                self.assertEqual(len(faults_of(file, f"#include {header}\n")), 1)

    def test_allows_what_the_table_allows(self):
        self.assertEqual(faults_of("core/rules/submit.cc",
                                   '#include <string>\n#include "cbm/v1/act.pb.h"\n'
                                   '#include "core/rules/facts.h"\n#include "absl/time/time.h"\n'), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
