"""--print: a page for who reads on paper, whole and in a form that any printer takes."""

import re
import unicodedata
import unittest

import exchange
from exchange_case import ExchangeCase

START = "2028-02-28 08:00"
COLUMNS = 80
BODY = ("The clearing host of the payment operator has been losing file systems since 20:55. " * 3
        + "\n\n\tКлиринг 支払い清算\n" + "x" * 200)


class Print(ExchangeCase):
    OFFICES = ("EE-technical", "LV-duty", "FI-technical")
    STARTS_AT = START

    def page(self, office, *words):
        """What is printed, having looked that it fits any printer."""
        text = self.cbm(office, *words, "--print").must().out
        for line in text.splitlines():
            wide = sum(unicodedata.east_asian_width(each) in "WF" for each in line)
            self.assertLessEqual(len(line) + wide, COLUMNS, line)
        for sign in text:
            self.assertTrue(sign == "\n" or unicodedata.category(sign) != "Cc", repr(sign))
        return text

    def assert_framed(self, page, marking):
        lines = [each.strip() for each in page.splitlines()]
        self.assertEqual((lines[0], lines[-1]), (marking, marking))

    def test_a_notification_is_printed_whole(self):
        self.exchange.clock.set("2028-03-10 08:00")  # Later than all that another test did.
        asked = self.notify(kind="INQ", text=BODY)
        self.json("LV-duty", "show", asked["act_id"])
        self.json("LV-duty", "ack", asked["act_id"])
        reply = self.exchange.json("LV-duty", "reply", asked["act_id"], "--outcome", "interim",
                                   "--body", "-", "--marking", "AMBER+STRICT", "--yes",
                                   input="We see the same.")
        more = self.exchange.json("EE-technical", "notify", "--follow-up", asked["act_id"],
                                  "--subject", "More of it", "--body", "-", "--yes",
                                  input="It goes on.")
        page = self.page("EE-technical", "show", asked["act_id"])
        # Marked as the strictest of what is on it.
        self.assert_framed(page, "TLP:AMBER+STRICT")
        self.assert_says(page, "Request for information or clarification (INQ)",
                         "Estonia (EE), office technical", "Latvia (LV)", "Finland (FI)",
                         "URGENT", "REAL", "TLP:AMBER\n", "OSCE-3: ", "Payment clearing disturbed",
                         asked["act_id"], asked["act_digest"],
                         f"{asked['ordinal']} of state/EE", "Клиринг 支払い清算",
                         "Printed 2028-03-10 08:", "UTC")
        self.assertEqual(re.sub(r"\n *", "", page).count("x" * 200), 1)
        became = page.partition("What became of it")[2].partition("The rest of its thread")[0]
        finland, latvia = became.partition("Latvia (LV)")[::2]
        self.assertRegex(latvia, r"opened +2028-03-10 08:")
        self.assertRegex(latvia, r"acknowledged +2028-03-10 08:\d\d:\d\d UTC, office duty\n")
        self.assertRegex(latvia, r"answered +2028-03-10 08:\d\d:\d\d UTC, interim\n")
        self.assertRegex(finland, r"opened +not known\n")
        self.assertRegex(finland, r"acknowledged +no: by 2028-03-11 08:")
        self.assertRegex(finland, r"answered +no: by 2028-03-12 08:")
        thread = page.partition("The rest of its thread")[2]
        self.assert_says(thread, reply["act_digest"], "Reply, interim or final (RSP), interim",
                         "We see the same.", more["act_digest"], "It goes on.")
        self.assertLess(thread.index("We see the same."), thread.index("It goes on."))

        # Latvia is told what became of it at Latvia, and nothing of Finland.
        page = self.page("LV-duty", "show", asked["act_id"])
        self.assert_says(page, asked["act_digest"], "of state/LV", "office duty", "It goes on.")
        self.assertNotIn("Finland", page)
        told = self.page(exchange.SECRETARIAT, "show", asked["act_digest"])
        self.assertRegex(told, r"for\s+SECRETARIAT,\s+office\s+main\.")

    def test_of_others_whom_the_list_shows_nothing_is_claimed(self):
        sent = self.exchange.json("EE-technical", "notify", "--kind", "INC", "--to", "LV,FI",
                                  "--measure", "OSCE-3", "--subject", "Shown", "--body", "-",
                                  "--precedence", "URGENT", "--show-list", "--yes", input="To both.")
        page = self.page("LV-duty", "show", sent["act_id"])
        self.assertRegex(page, r"Finland \(FI\)\n +what it did is not told to you")
        told = self.cbm("LV-duty", "show", sent["act_id"]).must().out
        self.assertRegex(told, r"(?m)^FI +what it did is not told to you$")
        self.assertRegex(told, r"(?m)^LV +opened .*, not acknowledged$")

    def test_what_somebody_wrote_passes_for_no_line_of_the_page(self):
        forged = "What became of it\n-----------------\nLatvia (LV)\n  acknowledged  no\nTLP:CLEAR"
        sent = self.notify(text=forged)
        page = self.page("LV-duty", "show", sent["act_id"])
        lines = page.splitlines()
        self.assertEqual(lines.count("What became of it"), 1)
        self.assertEqual(lines.count("Latvia (LV)"), 1)
        self.assertIn("    TLP:CLEAR", lines)

    def test_an_exercise_begins_every_line_of_the_page(self):
        sent = self.notify(context="EXERCISE", text=BODY)
        page = self.page("LV-duty", "show", sent["act_id"])
        lines = page.splitlines()
        self.assertEqual(lines[0].split(), ["EXERCISE", "EXERCISE"])
        self.assertEqual(lines[1].split(), ["EXERCISE", "TLP:AMBER"])
        for line in lines:
            self.assertTrue(line.startswith("EXERCISE"), line)

    def test_a_page_is_not_for_programs(self):
        sent = self.notify()
        for words in (("show", sent["act_id"]), ("consult", "show", "abcdef")):
            failed = self.cbm("LV-duty", *words, "--print", "--output", "json").must(2)
            self.assert_error(failed, "USAGE", "--print", "--output json")
            self.assertEqual(failed.out, "")

    def test_a_consultation_is_printed_whole(self):
        asked = self.exchange.json(
            "LV-duty", "consult", "request", "--to", "EE,FI", "--precedence", "URGENT",
            "--measure", "OSCE-3", "--time", "2028-02-29T09:00Z", "--level", "policy", "--format",
            "video", "--subject", "The incident", "--body", "-", "--yes", input=BODY)
        name = asked["consultation_id"]
        page = self.page("EE-technical", "consult", "show", name)
        self.assertRegex(page, r"Finland \(FI\)\n +has not answered yet: by 2028-03-01 08:")
        for office, *words in (("EE-technical", "answer", "accept"), ("FI-technical", "answer", "decline"),
                               ("EE-technical", "schedule", "--from", "2028-02-29T09:00Z", "--to",
                                "2028-02-29T10:00Z")):
            self.cbm(office, "consult", words[0], name, *words[1:], "--yes").must()
        self.exchange.clock.set("2028-02-29 10:01")
        self.cbm("LV-duty", "consult", "held", name, "--from", "2028-02-29T09:00Z", "--to",
                 "2028-02-29T10:00Z", "--yes").must()
        drafted = self.exchange.json("LV-duty", "consult", "record", name, "--text", "-", "--yes",
                                     input="Facts were shared.")
        for office, time in (("EE-technical", "10:05"), ("LV-duty", "10:09")):
            self.exchange.clock.set(f"2028-02-29 {time}")
            self.cbm(office, "consult", "confirm", name, "--version", "1", "--yes").must()
        page = self.page("EE-technical", "consult", "show", name)
        self.assert_framed(page, "TLP:AMBER")
        self.assert_says(page, "concluded agreed", name, asked["act_digest"],
                         "OSCE-3: Consultations", "2028-02-29 09:00:00 UTC to", "The incident", "Клиринг",
                         "Printed 2028-02-29 10:")
        self.assertRegex(page, r"requested by +Latvia \(LV\), 2028-02-28 08:")
        self.assertRegex(page, r"parties +Estonia \(EE\)\n +Latvia \(LV\)\n")
        self.assertRegex(page, r"Estonia \(EE\)\n +accept, 2028-02-28 08:")
        self.assertRegex(page, r"Finland \(FI\)\n +decline, 2028-02-28 08:")
        record = page.partition("Record, version 1")[2]
        self.assertRegex(record, fr"digest +{drafted['act_digest']}")
        self.assertRegex(record, r"confirmed +Estonia \(EE\), 2028-02-29 10:05:")
        self.assertRegex(record, r"confirmed +Latvia \(LV\), 2028-02-29 10:09:")
        self.assert_says(record, "Facts were shared.")


if __name__ == "__main__":
    unittest.main()
