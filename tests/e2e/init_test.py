"""Making a profile: nothing that was there before is lost, and what is wrong is said."""

import shutil
import unittest

import faked_time
from exchange import CBM, ROOT, run
from exchange_case import ExchangeCase


class Init(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty")

    def setUp(self):
        self.folder = self.exchange.profile(self.id())

    def init(self, office="EE-technical", **changed):
        files = self.exchange.pki / "offices" / office
        options = {"server": self.exchange.address, "ca": self.exchange.pki / "ca.pem",
                   "cert": files / "cert.pem", "key": files / "key.pem",
                   "log_key": self.exchange.log_key, **changed}
        words = [word for name, value in options.items()
                 for word in (f"--{name.replace('_', '-')}", value)]
        return run(CBM, "--profile", self.folder, "init", *words)

    def test_makes_a_profile_that_its_owner_alone_can_read(self):
        self.init().must()
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        for file in self.folder.iterdir():
            self.assertEqual(file.stat().st_mode & 0o777, 0o600, file)

    def test_says_that_whose_it_is_stands_to_be_checked(self):
        self.exchange.issue("EE-other")
        enrolled = self.exchange.enrol("EE-other", "duty", self.exchange.pki / "offices/EE-other")
        self.assertTrue(enrolled["act_id"])
        shutil.rmtree(self.exchange.profile("EE-other"))
        made = self.exchange.init_profile("EE-other").must().out
        self.assert_says(made, "EE-other, by the exchange's word alone", "cbm whoami checks it")
        self.assert_says(self.cbm("EE-other", "whoami").must().out, "EE-other")

    def test_replaces_no_key_that_lies_there(self):
        """It may be the only copy."""
        self.folder.mkdir(mode=0o700)
        for name in ("key.pem", "cert.pem", "ca.pem"):
            with self.subTest(name=name):
                other = self.folder / name
                other.write_text("another's")
                other.chmod(0o600)
                self.assert_says(self.init().must(1).err, str(other), "another", "--profile")
                self.assertEqual(other.read_text(), "another's")
                self.assertEqual(list(self.folder.iterdir()), [other])
                other.unlink()

    def test_takes_files_that_lie_there_already(self):
        self.folder.mkdir(mode=0o700)
        for name in ("key.pem", "cert.pem"):
            there = self.folder / name
            there.write_bytes((self.exchange.pki / "offices/EE-technical" / name).read_bytes())
            there.chmod(0o600)
        self.init(cert=self.folder / "cert.pem", key=self.folder / "key.pem").must()

    def test_leaves_nothing_behind_when_it_fails_and_can_be_repeated(self):
        wrong_key = self.exchange.pki / "offices/LV-duty/key.pem"
        self.assert_says(self.init(key=wrong_key).must(1).err, "not the key")
        self.init(log_key="no key").must(2)
        self.assertEqual([file.name for file in self.folder.glob("*")], [])
        self.init().must()

    def test_an_address_without_a_port_is_a_usage_error(self):
        for address in ("localhost", "localhost:", ":7443", "localhost:port", "localhost:65536"):
            with self.subTest(address=address):
                self.assert_says(self.init(server=address).must(2).err, "--server", "HOST:PORT",
                                 address)

    def test_nobody_there_is_not_now(self):
        self.assert_says(self.init(server="127.0.0.1:1").must(4).err, "nobody answers",
                         "127.0.0.1:1")

    def test_a_certificate_out_of_its_time_is_named_as_that(self):
        for office, made, says in (("EE-ended", "2020-01-01 00:00", "has run out"),
                                   ("EE-early", "2090-01-01 00:00", "is not valid yet")):
            with self.subTest(office=office):
                times = self.exchange.folder / f"time of {office}"
                times.mkdir()
                then = faked_time.FakedTime(times, made)
                run(ROOT / "certs/issue_office.sh", self.exchange.pki, office,
                    environment=then.script_environment).must()
                self.assert_says(self.init(office).must(3).err, says)

    def test_a_profile_is_not_made_twice(self):
        self.init().must()
        self.assert_says(self.init("LV-duty").must(1).err, str(self.folder), "already", "--profile")


if __name__ == "__main__":
    unittest.main()
