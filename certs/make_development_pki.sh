#!/bin/bash
# Makes the authorities and the server's certificate of an exchange for development:
#
#   make_development_pki.sh DIR
#
# DIR/ca.pem             the roots `Exchange` and `States`: what everybody trusts
# DIR/server/            cert.pem and key.pem for localhost, 127.0.0.1 and ::1
# DIR/authorities/       the roots with their keys, unprotected: never for real use
#
# Offices then get theirs with issue_office.sh. profile.md says what is in the certificates, and why.
set -euo pipefail
umask 077

readonly root_days=3650
readonly leaf_days=365

if [[ $# -ne 1 ]]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi
readonly dir=$1
# A second set over the first would leave certificates that nobody trusts any more.
if [[ -e $dir/ca.pem || -e $dir/authorities || -e $dir/server ]]; then
  echo "$0: $dir already holds a PKI; remove it first" >&2
  exit 1
fi

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null
}

make_root() {
  local -r name=$1
  local -r folder=$dir/authorities/$name
  mkdir -p "$folder"
  new_key "$folder/key.pem"
  openssl req -new -x509 -sha256 -config /dev/null -key "$folder/key.pem" -days "$root_days" \
    -subj "/O=CBM development/CN=$name" -out "$folder/cert.pem" \
    -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -addext "subjectKeyIdentifier=hash"
}

make_server() {
  local -r folder=$dir/server
  local -r authority=$dir/authorities/Exchange
  mkdir -p "$folder"
  new_key "$folder/key.pem"
  openssl req -new -sha256 -config /dev/null -key "$folder/key.pem" \
    -subj "/O=CBM development/CN=server" |
    openssl x509 -req -sha256 -days "$leaf_days" -set_serial "0x$(openssl rand -hex 16)" \
      -CA "$authority/cert.pem" -CAkey "$authority/key.pem" -out "$folder/cert.pem" \
      -extfile <(
        echo "basicConstraints=critical,CA:FALSE"
        echo "keyUsage=critical,digitalSignature,keyAgreement"
        echo "extendedKeyUsage=serverAuth"
        echo "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
        echo "subjectKeyIdentifier=hash"
        echo "authorityKeyIdentifier=keyid"
      ) 2>/dev/null
}

mkdir -p "$dir"
make_root Exchange
make_root States
make_server
cat "$dir/authorities/Exchange/cert.pem" "$dir/authorities/States/cert.pem" > "$dir/ca.pem"
echo "$dir: authorities and server are ready; issue_office.sh makes offices"
