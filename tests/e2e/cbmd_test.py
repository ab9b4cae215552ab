"""The server's program: how it is made, started, stopped and inspected, and what it refuses."""

import contextlib
import resource
import shutil
import sqlite3
import subprocess
import unittest

import exchange
from exchange_case import ExchangeCase
from watching import Watch

CBMD = exchange.CBMD


class CommandLine(unittest.TestCase):
    def test_says_its_version(self):
        told = exchange.run(CBMD, "--version").must()
        self.assertRegex(told.out, r"\Acbmd \d+\.\d+\.\d+\n\Z")

    def test_its_allocator_reads_its_settings(self):
        told = exchange.run(CBMD, "--version", environment={"MALLOC_CONF": "confirm_conf:true"})
        for setting in ("narenas:2", "retain:false", "dirty_decay_ms:1000"):
            self.assertIn(setting, told.must().err)

    def test_help_ends_well(self):
        for words in (("--help",), ("serve", "--help")):
            self.assertIn("Usage: cbmd", exchange.run(CBMD, *words).must().out)

    def test_what_cannot_be_followed_is_a_usage_error(self):
        for words in ((), ("serve",), ("serves",), ("serve", "--config"),
                      ("check", "--config", "cbmd.toml", "--frob")):
            with self.subTest(words):
                refused = exchange.run(CBMD, *words).must(2)
                self.assertEqual(refused.out, "")
                self.assertIn("--help", refused.err)


class Server(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")

    def setUp(self):
        self.addCleanup(self.start_again)

    # --- stop and start ---

    def test_sigterm_ends_it_well_with_a_follower_connected(self):
        watch = Watch(self.exchange, "LV-duty")
        self.addCleanup(watch.close)
        self.exchange.stop()
        watch.until(watch.err, "trying again")

    def everything(self):
        """All that the offices see; what they open is opened before."""
        seen = {}
        offices = (*self.OFFICES, exchange.SECRETARIAT)
        for office in offices:
            self.json(office, "inbox")
        for office in offices:
            for command in (("inbox",), ("sent",), ("directory", "offices"), ("directory", "states")):
                seen[office, command] = self.json(office, *command)
            seen[office, "size"] = self.json(office, "log", "checkpoint")["tree_size"]
        return seen

    def test_everything_is_there_after_a_restart(self):
        sent = self.notify()
        self.json("LV-duty", "ack", sent["act_id"], "--yes")
        for end in (self.exchange.stop, self.exchange.kill):
            before = self.everything()
            end()
            self.exchange.start()
            self.assertEqual(self.everything(), before)
        self.assertEqual(self.json("FI-technical", "show", sent["act_id"])["kind"], "INC")
        self.cbm("EE-technical", "verify", sent["receipt"]).must()

    def test_two_cannot_serve_one_exchange(self):
        second = self.exchange.cbmd("serve").must(1)
        self.assertIn("cbmd: ", second.err)
        self.notify()

    # --- inspection ---

    def test_says_the_log_key_again_also_while_it_is_served(self):
        told = self.exchange.cbmd("key").must()
        self.assertEqual(told.out.splitlines()[1], f"log key  {self.exchange.log_key}")
        self.assertEqual(len(told.out.splitlines()), 2)
        self.assert_says(told.out, "exchange test/")

    def test_does_not_serve_a_database_that_is_behind_what_was_signed(self):
        self.exchange.stop()
        old, new = self.exchange.folder / "old.db", self.exchange.folder / "new.db"
        shutil.copy(self.exchange.database, old)
        self.exchange.start()
        sent = self.notify()
        self.exchange.stop()
        shutil.copy(self.exchange.database, new)
        shutil.copy(old, self.exchange.database)
        refused = self.exchange.cbmd("serve").must(1)
        found = self.exchange.cbmd("check").must(5)
        shutil.copy(new, self.exchange.database)
        self.assert_says(found.out, "state/EE", "were signed")
        self.assertNotIn("nothing is wrong", found.out)
        self.assert_says(refused.err, "state/EE", "were signed", "Put the newest database back")
        self.assertNotIn(sent["act_id"], refused.err)
        self.exchange.start()
        self.assertEqual(self.listed("EE-technical", sent, "sent")["act_id"], sent["act_id"])

    def test_a_database_that_cannot_be_written_is_refused_with_the_reason(self):
        """A folder where a file of SQLite's should be refuses as a read-only disk does."""
        self.exchange.stop()
        self.addCleanup(self.start_again)
        database = self.exchange.folder / "other.db"
        shutil.copyfile(self.exchange.database, database)
        config = self.configured(('"exchange.db"', '"other.db"'), ('"address"', '"other.address"'))
        for ending, commands in (("-wal", ("serve", "check", "rebuild")),
                                 ("-shm", ("serve", "rebuild"))):
            folder = database.with_name(database.name + ending)
            folder.mkdir()
            for command in commands:
                with self.subTest(ending, command=command):
                    refused = exchange.run(CBMD, command, "--config", config).must(1)
                    self.assert_says(refused.err, str(database), "cannot be opened to write",
                                     "rights")
                    self.assertNotIn("newest copy", refused.err)
            folder.rmdir()

    def test_a_file_that_may_not_grow_is_an_error_and_no_sudden_end(self):
        self.exchange.stop()
        self.addCleanup(self.start_again)
        limited = subprocess.run([CBMD, "check", "--config", str(self.exchange.config)],
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                       (8192, 8192)),
                                 capture_output=True, timeout=60, check=False)
        self.assertIn(limited.returncode, (1, 5), limited)
        self.assertIn(b"cbmd: ", limited.stderr)

    def test_an_answer_that_could_not_be_written_is_no_success(self):
        """The log key, for one, is printed once."""
        self.exchange.stop()
        self.addCleanup(self.start_again)
        for words in (("check", "--config", str(self.exchange.config)), ("--version",), ("--help",)):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = subprocess.run([CBMD, *words], stdout=full, stderr=subprocess.PIPE,
                                      timeout=60, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(b"could not be written", done.stderr)

    def test_a_database_that_is_none_is_refused_by_name(self):
        self.exchange.stop()
        for name, bytes in (("cut.db", self.exchange.database.read_bytes()[:100_000]),
                            ("empty.db", b""), ("missing.db", None)):
            file = self.exchange.folder / name
            if bytes is not None:
                file.write_bytes(bytes)
            config = self.configured(('"exchange.db"', f'"{name}"'))
            for command in ("serve", "check", "rebuild"):
                with self.subTest(name, command=command):
                    # Of a database that is damaged, check and rebuild say that it is.
                    code = 5 if name == "cut.db" and command != "serve" else 1
                    refused = exchange.run(CBMD, command, "--config", config).must(code)
                    self.assert_says(refused.err, "store.database", str(file), "newest copy")

    # --- configuration ---

    def configured(self, *replacements):
        text = self.exchange.config.read_text()
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        config = self.exchange.folder / "other.toml"
        config.write_text(text)
        return config

    def test_an_unknown_key_is_refused_with_file_line_and_key(self):
        config = self.configured(('[store]\n', '[store]\ndatabse = "typo.db"\n'))
        line = config.read_text().splitlines().index('databse = "typo.db"') + 1
        for command in ("serve", "init", "check", "rebuild"):
            refused = exchange.run(CBMD, command, "--config", config).must(2)
            self.assert_says(refused.err, f"{config}:{line}: ", "databse")

    def test_a_value_of_another_type_is_refused_with_file_line_and_key(self):
        config = self.configured(('database = "exchange.db"', "database = 7"))
        line = config.read_text().splitlines().index("database = 7") + 1
        refused = exchange.run(CBMD, "check", "--config", config).must(2)
        self.assert_says(refused.err, f"{config}:{line}: ", "store.database")

    def test_a_configuration_that_is_not_there_is_refused_by_name(self):
        refused = exchange.run(CBMD, "serve", "--config", "/nowhere/cbmd.toml").must(2)
        self.assert_says(refused.err, "/nowhere/cbmd.toml")

    def test_another_log_key_is_refused(self):
        seed = self.exchange.folder / "other.seed"
        seed.write_text("17" * 32)
        seed.chmod(0o600)
        config = self.configured(('"log.seed"', '"other.seed"'), ('"address"', '"other.address"'))
        self.exchange.stop()
        self.addCleanup(self.start_again)
        refused = exchange.run(CBMD, "serve", "--config", config).must(1)
        self.assert_says(refused.err, str(seed), "not the log key", "cbmd init")
        self.assertFalse((self.exchange.folder / "other.address").exists())

    def test_a_second_server_on_the_same_database_is_refused(self):
        config = self.configured(('"address"', '"other.address"'),
                                 (f":{self.exchange.address.split(':')[1]}", ":0"))
        refused = exchange.run(CBMD, "serve", "--config", config).must(1)
        self.assert_says(refused.err, str(self.exchange.database), "another cbmd", "stop it first")
        self.notify()

    def test_a_second_server_that_a_link_leads_to_the_same_database_is_refused(self):
        link = self.exchange.folder / "link.db"
        link.symlink_to(self.exchange.database)
        shutil.copy(f"{self.exchange.database}.revoked", f"{link}.revoked")
        config = self.configured((f'"{self.exchange.database.name}"', '"link.db"'))
        for command in ("serve", "rebuild"):
            refused = exchange.run(CBMD, command, "--config", config).must(1)
            self.assert_says(refused.err, f"{self.exchange.database}.lock", "another cbmd", "stop it first")

    def test_a_server_of_a_copy_keeps_off_the_last_signed_checkpoints_of_the_one_that_runs(self):
        copy = self.exchange.folder / "copy.db"
        with contextlib.closing(sqlite3.connect(self.exchange.database)) as whole, \
             contextlib.closing(sqlite3.connect(copy)) as into:
            whole.backup(into)
        shutil.copy(f"{self.exchange.database}.revoked", f"{copy}.revoked")
        config = self.configured((f'"{self.exchange.database.name}"', '"copy.db"'))
        checkpoints = self.exchange.folder / "checkpoints"
        before = checkpoints.stat().st_ino
        refused = exchange.run(CBMD, "serve", "--config", config).must(1)
        self.assert_says(refused.err, f"{checkpoints}.lock", "another cbmd", "stop it first")
        self.assertEqual(checkpoints.stat().st_ino, before)

    def test_without_what_was_signed_no_database_is_served(self):
        self.without_server()
        checkpoints = self.exchange.folder / "checkpoints"
        aside = checkpoints.rename(self.exchange.folder / "checkpoints.aside")
        refused = self.exchange.cbmd("serve").must(1)
        self.assert_says(refused.err, str(checkpoints), "is not there", "cbm log checkpoint")
        # Who knows what is lost says so by an empty file.
        checkpoints.touch()
        self.exchange.start()
        self.exchange.stop()
        aside.rename(checkpoints)
        self.exchange.start()
        self.notify()

    # --- creation ---

    def test_init_refuses_an_exchange_that_exists(self):
        genesis = (self.exchange.folder / "genesis.json").read_bytes()
        for words in ((), ("--signature", self.exchange.folder / "genesis.p7s")):
            refused = self.exchange.cbmd("init", *words).must(1)
            self.assert_says(refused.err, str(self.exchange.database), "exists")
        self.assertEqual((self.exchange.folder / "genesis.json").read_bytes(), genesis)
        self.notify()

    def new_exchange(self):
        """The configuration of an exchange to be, with its genesis document written."""
        config = self.configured(('"exchange.db"', '"new/exchange.db"'),
                                 ('"checkpoints"', '"new/checkpoints"'),
                                 ('"genesis.json"', '"new/genesis.json"'),
                                 ('"log.seed"', '"new/log.seed"'))
        folder = self.exchange.folder / "new"
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        exchange.run(CBMD, "init", "--config", config).must()
        return config, folder

    def sign(self, document, office, out):
        files = self.exchange.pki / "offices" / office
        exchange.run("openssl", "cms", "-sign", "-binary", "-in", document,
                     "-signer", files / "cert.pem", "-inkey", files / "key.pem",
                     "-outform", "DER", "-nocerts", "-md", "sha256", "-out", out).must()
        return out

    def test_init_refuses_a_wrong_signature_and_takes_the_right_one(self):
        config, folder = self.new_exchange()
        right = self.sign(folder / "genesis.json", exchange.SECRETARIAT, folder / "right.p7s")
        altered = bytearray(right.read_bytes())
        altered[-1] ^= 1
        (folder / "altered.p7s").write_bytes(altered)
        (folder / "empty.p7s").write_bytes(b"")
        for wrong in (self.sign(folder / "genesis.json", "EE-technical", folder / "office.p7s"),
                      self.exchange.folder / "genesis.p7s",
                      folder / "altered.p7s", folder / "empty.p7s", folder / "missing.p7s"):
            with self.subTest(wrong.name):
                words = ("init", "--config", config, "--signature", wrong)
                self.assertNotEqual(exchange.run(CBMD, *words).must(1).err, "")
                self.assertFalse((folder / "exchange.db").exists())
        created = exchange.run(CBMD, "init", "--config", config, "--signature", right).must()
        self.assert_says(created.out, "log key")
        kept = folder / "exchange.db.revoked"  # So that a missing one is never taken for this.
        self.assertEqual(kept.read_text().splitlines()[-1], "end")
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)

    def test_init_refuses_a_document_that_was_altered_after_it_was_signed(self):
        config, folder = self.new_exchange()
        document = folder / "genesis.json"
        right = self.sign(document, exchange.SECRETARIAT, folder / "right.p7s")
        document.write_bytes(document.read_bytes().replace(b"Estonia", b"Estonja", 1))
        exchange.run(CBMD, "init", "--config", config, "--signature", right).must(1)
        self.assertFalse((folder / "exchange.db").exists())

    def test_another_office_cannot_sign_the_genesis_document(self):
        out = self.exchange.folder / "not.p7s"
        refused = self.exchange.sign_genesis(out, office="EE-technical").must(1)
        self.assert_says(refused.err, "is not the certificate in the genesis document")
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
