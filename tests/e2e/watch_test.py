"""Following: a watch says what comes as it comes, and goes on when the exchange was away."""

import json
import signal
import unittest

from exchange_case import ExchangeCase
from watching import Watch


class Following(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "LT-duty", "FI-technical")

    def watch(self, office, *arguments):
        watch = Watch(self.exchange, office, *arguments)
        self.addCleanup(watch.close)
        return watch

    def test_shows_a_new_notification_as_a_line_of_json(self):
        watch = self.watch("LV-duty", "--output", "json")
        sent = self.notify(context="EXERCISE")
        (line,) = watch.until(watch.out, sent["act_digest"])
        entry = json.loads(line)
        self.assertEqual((entry["ledger"], entry["act_kind"], entry["role"], entry["party"]),
                         ("state/LV", "submit", "addressed", "EE"))
        self.assertEqual((entry["context"], entry["precedence"], entry["marking"], entry["kind"]),
                         ("EXERCISE", "URGENT", "AMBER", "INC"))
        self.assertIsInstance(entry["ordinal"], int)

    def test_says_neither_subject_nor_text(self):
        watch = self.watch("LV-duty")
        sent = self.notify(subject="Not to be streamed", text="nor this")
        said = "\n".join(watch.until(watch.out, sent["act_digest"][:12]))
        self.assertNotIn("Not to be streamed", said)
        self.assertNotIn("nor this", said)

    def test_begins_an_exercise_s_line_with_exercise(self):
        watch = self.watch("LV-duty")
        sent = self.notify(context="EXERCISE")
        line = watch.until(watch.out, sent["act_digest"][:12])[-1]
        self.assertTrue(line.startswith("EXERCISE "), line)

    def test_begins_with_exercise_what_is_done_about_an_exercise_too(self):
        """An acknowledgement that looks real would be taken for one."""
        watches = [self.watch(office, *form) for office in ("EE-technical", "LV-duty")
                   for form in ((), ("--output", "json"))]
        sent = self.notify(context="EXERCISE")
        self.json("LV-duty", "show", sent["act_id"])
        done = self.json("LV-duty", "ack", sent["act_id"])["act_digest"][:12]
        for watch in watches:
            for line in watch.until(watch.out, done):
                self.assertRegex(line, '^(EXERCISE |{"context":"EXERCISE",)')

    def test_shows_nothing_of_what_is_not_the_reader_s(self):
        watch = self.watch("LT-duty", "--output", "json")
        self.notify(to="LV,FI")
        known = self.notify(to="LT")
        lines = watch.until(watch.out, known["act_digest"])
        self.assertEqual(len(lines), 1, lines)

    def test_shows_nothing_of_what_was_there_before(self):
        self.notify()
        watch = self.watch("LV-duty", "--output", "json")
        sent = self.notify()
        self.assertEqual(len(watch.until(watch.out, sent["act_digest"])), 1)

    def test_ends_with_0_when_somebody_ends_it(self):
        for ending in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(self.watch("LV-duty").end(ending), 0)

    def test_other_commands_work_beside_it(self):
        watch = self.watch("LV-duty")
        sent = self.notify()
        watch.until(watch.out, sent["act_digest"][:12])
        self.json("LV-duty", "ack", sent["act_id"], "--yes")

    def assert_resumes(self, take_away):
        watch = self.watch("LV-duty", "--output", "json")
        before = self.notify()
        watch.until(watch.out, before["act_digest"])
        self.addCleanup(self.start_again)
        take_away()
        lost = watch.until(watch.err, "trying again")[-1]
        self.assertRegex(json.loads(lost)["note"], "^(the exchange (is going down|ended the )|"
                         "the connection to the exchange at .* was lost|nobody answers at |"
                         ".* does not speak TLS, or closed the connection)")
        self.assertEqual(list(json.loads(lost)), ["note"])
        self.exchange.start()
        # Before the watch is back, or after: nothing is missing, and nothing comes twice.
        meanwhile = [self.notify() for _ in range(3)]
        watch.until(watch.err, "following from where it stopped")
        last = self.notify()
        shown = [json.loads(line) for line in watch.until(watch.out, last["act_digest"])]
        self.assertEqual(watch.end(), 0)
        shown += [json.loads(line) for line in watch.rest(watch.out)]
        self.assertEqual([entry["act_digest"] for entry in shown],
                         [act["act_digest"] for act in (*meanwhile, last)])
        ordinals = [entry["ordinal"] for entry in shown]
        self.assertEqual(ordinals, list(range(ordinals[0], ordinals[0] + len(ordinals))))

    def test_goes_on_after_the_exchange_was_stopped(self):
        self.assert_resumes(self.exchange.stop)

    def test_goes_on_after_the_exchange_was_killed(self):
        self.assert_resumes(self.exchange.kill)

    def test_ends_with_0_while_it_waits_for_the_exchange(self):
        watch = self.watch("LV-duty")
        self.without_server()
        said = watch.until(watch.err, f"nobody answers at {self.exchange.address}")
        self.assertTrue(said[-1].endswith("trying again until it answers"), said)
        self.assertNotIn("CANCELLED", "".join(said))
        self.assertEqual(watch.end(), 0)

    def test_ends_with_4_if_the_exchange_is_away_from_the_start(self):
        self.without_server()
        failed = self.cbm("LV-duty", "watch", "--output", "json").must(4)
        self.assert_error(failed, "UNAVAILABLE", "nobody answers")


if __name__ == "__main__":
    unittest.main()
