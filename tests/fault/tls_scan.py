"""Has sslscan and testssl look at a server, as an office would."""

import json
import subprocess
import sys

import exchange

OFFICE = "EE-technical"


# Protocols, categories of ciphers, forward secrecy, what the server shows, known weaknesses.
LOOKED_AT = ("-p", "-s", "-f", "-S", "-U")


def main():
    with exchange.Exchange((OFFICE,)) as served:
        profile = served.profile(OFFICE)
        where = f"localhost:{served.address.rpartition(':')[2]}"
        said = served.folder / "testssl.json"
        # Both end with the number of what they found.
        subprocess.run(["sslscan", "--no-colour", f"--certs={profile / 'cert.pem'}",
                        f"--pk={profile / 'key.pem'}", where], stdin=subprocess.DEVNULL, check=False)
        subprocess.run(["testssl", "--quiet", "--color", "0", "--warnings", "off", "--sneaky",
                        "--ip", "127.0.0.1", *LOOKED_AT, "--severity", "LOW", "--jsonfile", said,
                        where], stdin=subprocess.DEVNULL, check=False)
        print("\nAbove INFO:")
        for finding in json.loads(said.read_text()):
            print(f"{finding['severity']:8} {finding['id']}: {finding['finding']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
