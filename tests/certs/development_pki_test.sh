#!/bin/bash
# The development PKI: what the two scripts of certs/ make is what certs/profile.md says, and works
# with stock tools. Runs from the root of the repository.
set -euo pipefail

folder=$(mktemp -d)
readonly folder
trap 'rm -rf "$folder"' EXIT
readonly pki=$folder/pki

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

expect() {  # expect DESCRIPTION COMMAND...: the command succeeds.
  local -r description=$1
  shift
  "$@" > "$folder/said" 2>&1 || { cat "$folder/said" >&2; fail "$description"; }
}

expect_refusal() {  # expect_refusal CODE DESCRIPTION COMMAND...: it exits with that code.
  local -r code=$1 description=$2
  local actual=0
  shift 2
  "$@" > "$folder/said" 2>&1 || actual=$?
  [[ $actual -eq $code ]] || { cat "$folder/said" >&2; fail "$description: $actual, not $code"; }
}

expect_text() {  # expect_text FILE TEXT: the certificate's description has the text.
  openssl x509 -in "$1" -noout -text -nameopt RFC2253 > "$folder/text"
  grep -qF -- "$2" "$folder/text" || { cat "$folder/text" >&2; fail "$1 lacks '$2'"; }
}

public_key_of_key() { openssl pkey -in "$1" -pubout; }
public_key_of_certificate() { openssl x509 -in "$1" -noout -pubkey; }

expect "the PKI is made" certs/make_development_pki.sh "$pki"
expect "an office is issued" certs/issue_office.sh "$pki" EE-duty
expect "another office is issued" certs/issue_office.sh "$pki" FI_policy

# Nothing is overwritten, and nothing is made of what is no name.
expect_refusal 1 "a second PKI in its place" certs/make_development_pki.sh "$pki"
expect_refusal 1 "a second certificate of an office" certs/issue_office.sh "$pki" EE-duty
expect_refusal 1 "an office without a PKI" certs/issue_office.sh "$folder/none" EE-duty
expect_refusal 2 "a call without a folder" certs/make_development_pki.sh
expect_refusal 2 "a call without a name" certs/issue_office.sh "$pki"
for name in "" "../x" "a/b" "a b" ".x" "-x" "a,CN=b" "$(printf 'a%.0s' {1..64})"; do
  expect_refusal 2 "the name '$name'" certs/issue_office.sh "$pki" "$name"
done
[[ $(ls -A "$pki/offices") == $'EE-duty\nFI_policy' ]] || fail "something else lies in offices"

readonly office=$pki/offices/EE-duty
readonly server=$pki/server

# Keys and folders are their owner's alone.
while read -r key; do
  [[ $(stat -c %a "$key") == 600 ]] || fail "the mode of $key"
done < <(find "$pki" -name key.pem)
[[ $(stat -c %a "$pki") == 700 ]] || fail "the mode of the folder"
! grep -rl "PRIVATE KEY" "$pki" | grep -v '/key.pem$' || fail "a key outside key.pem"

# The profile.
for leaf in "$office" "$server"; do
  expect_text "$leaf/cert.pem" "CA:FALSE"
  expect_text "$leaf/cert.pem" "Digital Signature, Key Agreement"
  expect_text "$leaf/cert.pem" "NIST CURVE: P-256"
  expect_text "$leaf/cert.pem" "Signature Algorithm: ecdsa-with-SHA256"
  [[ $(public_key_of_key "$leaf/key.pem") == "$(public_key_of_certificate "$leaf/cert.pem")" ]] ||
    fail "the key of $leaf is not that of its certificate"
  expect "$leaf lasts 364 days" \
    openssl x509 -in "$leaf/cert.pem" -noout -checkend $((364 * 86400))
  expect_refusal 1 "$leaf lasts 366 days" \
    openssl x509 -in "$leaf/cert.pem" -noout -checkend $((366 * 86400))
done
expect_text "$office/cert.pem" "Subject: CN=EE-duty,O=CBM development"
expect_text "$office/cert.pem" "Issuer: CN=States,O=CBM development"
expect_text "$office/cert.pem" "TLS Web Client Authentication, E-mail Protection"
expect_text "$server/cert.pem" "Issuer: CN=Exchange,O=CBM development"
expect_text "$server/cert.pem" "TLS Web Server Authentication"
expect_text "$server/cert.pem" "DNS:localhost, IP Address:127.0.0.1"

# Chains, each to its own root.
expect "the office's chain" openssl verify -x509_strict -purpose sslclient -CAfile "$pki/ca.pem" \
  "$office/cert.pem"
expect "the server's chain" openssl verify -x509_strict -purpose sslserver \
  -verify_hostname localhost -CAfile "$pki/ca.pem" "$server/cert.pem"
expect_refusal 2 "the office under the server's root" \
  openssl verify -CAfile "$pki/authorities/Exchange/cert.pem" "$office/cert.pem"

# A signature, made and checked as the documentation says.
echo "an act" > "$folder/act.bin"
expect "a signature" openssl cms -sign -binary -in "$folder/act.bin" -signer "$office/cert.pem" \
  -inkey "$office/key.pem" -outform DER -nocerts -md sha256 -cades -out "$folder/act.p7s"
expect "its verification" openssl cms -verify -binary -inform DER -in "$folder/act.p7s" \
  -content "$folder/act.bin" -certfile "$office/cert.pem" -CAfile "$pki/ca.pem" -purpose any

echo "PASSED"
