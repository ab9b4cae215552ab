"""The exchange's formats, read and checked: a second implementation of docs/formats.md.

It shares nothing with the programs of the exchange, not even the messages that protoc makes: it reads
protobuf's wire format, DER, signed notes and Merkle proofs by itself. From `cryptography` it takes three
things: whether a signature verifies, what an X.509 certificate says, and PEM.

Each file is one part of docs/formats.md. A check returns what it has read, or raises Refused.
"""
