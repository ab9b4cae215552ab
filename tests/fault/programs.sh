# For the scripts of this folder, to be sourced: where the project is, and which programs are tested.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CBM=${CBM:-$root/build/dev/client/cbm} CBMD=${CBMD:-$root/build/dev/server/cbmd}
export FAULT_SHIM=${FAULT_SHIM:-$root/build/dev/tests/support/libfault_shim.so}
export PYTHONPATH=$root/tests/support
