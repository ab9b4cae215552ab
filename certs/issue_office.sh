#!/bin/bash
# Issues the certificate of one office in a development PKI:
#
#   issue_office.sh DIR NAME
#
# DIR/offices/NAME/cert.pem   the certificate, then the intermediates (none here)
# DIR/offices/NAME/key.pem    its key, mode 0600
#
# DIR was made by make_development_pki.sh. NAME becomes the subject: an office, never a person.
set -euo pipefail
umask 077

readonly leaf_days=365

if [[ $# -ne 2 ]]; then
  echo "usage: $0 DIR NAME" >&2
  exit 2
fi
readonly dir=$1
readonly name=$2
# A folder is named after it, and it stands in a subject: no separators of either.
if [[ ! $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$ ]]; then
  echo "$0: a name has 1 to 63 letters, digits, '-' and '_', and begins with a letter or digit" >&2
  exit 2
fi
readonly authority=$dir/authorities/States
if [[ ! -f $authority/key.pem ]]; then
  echo "$0: $dir holds no development PKI; run make_development_pki.sh first" >&2
  exit 1
fi
readonly folder=$dir/offices/$name
if [[ -e $folder ]]; then
  echo "$0: $name has a certificate already; choose another name for the next" >&2
  exit 1
fi

mkdir -p "$dir/offices"
# Moved into place when complete, so that an interrupted run leaves no half of an office.
work=$(mktemp -d "$dir/offices/.new.XXXXXX")
readonly work
trap 'rm -rf "$work"' EXIT
mkdir "$work/office"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/office/key.pem" \
  2>/dev/null
openssl req -new -sha256 -config /dev/null -key "$work/office/key.pem" \
  -subj "/O=CBM development/CN=$name" |
  openssl x509 -req -sha256 -days "$leaf_days" -set_serial "0x$(openssl rand -hex 16)" \
    -CA "$authority/cert.pem" -CAkey "$authority/key.pem" -out "$work/office/cert.pem" \
    -extfile <(
      echo "basicConstraints=critical,CA:FALSE"
      echo "keyUsage=critical,digitalSignature,keyAgreement"
      echo "extendedKeyUsage=clientAuth,emailProtection"
      echo "subjectKeyIdentifier=hash"
      echo "authorityKeyIdentifier=keyid"
    ) 2>/dev/null
mv "$work/office" "$folder"
echo "$folder: cert.pem and key.pem are ready"
