"""The messages of proto/cbm/v1, made by protoc when the program starts.

A program of your own would do this once, when it is built:

    protoc --proto_path=proto --python_out=generated proto/cbm/v1/*.proto
"""

import importlib
import pathlib
import subprocess
import sys
import tempfile
import types

from client.failures import FAILED_HERE, Failure

# Where the .proto files are in a clone of the exchange.
PROTO = pathlib.Path(__file__).resolve().parents[4] / "proto"


def load(folder=PROTO):
    """Everything that the .proto files define, by its name: `load().Act`, `load().MARKING_AMBER`.

    `services` has the descriptors of the services, by theirs.
    """
    files = sorted((folder / "cbm/v1").glob("*.proto"))
    if not files:
        raise Failure(FAILED_HERE, f"there are no .proto files in {folder}/cbm/v1: name the folder "
                      "with --proto")
    found = types.SimpleNamespace(services={})
    with tempfile.TemporaryDirectory(prefix="cbm-protos-") as made:
        _protoc(folder, files, made)
        sys.path.insert(0, made)
        try:
            for file in files:
                module = importlib.import_module(f"cbm.v1.{file.stem}_pb2")
                vars(found).update((name, value) for name, value in vars(module).items()
                                   if not name.startswith("_") and name != "DESCRIPTOR")
                found.services.update(module.DESCRIPTOR.services_by_name)
        finally:
            sys.path.remove(made)
    return found


def _protoc(folder, files, out):
    try:
        subprocess.run(["protoc", f"--proto_path={folder}", f"--python_out={out}",
                        *map(str, files)], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise Failure(FAILED_HERE, "there is no protoc: install protobuf-compiler") from None
    except subprocess.CalledProcessError as failed:
        raise Failure(FAILED_HERE, f"protoc does not take the .proto files: {failed.stderr}") from None
