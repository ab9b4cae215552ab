"""What the end-to-end tests share: an exchange for each file, and the words of a notification."""

import json
import unittest

import exchange

UNKNOWN_ACT = "0190163d-8694-739b-aea5-966c26f8ad91"


def notify_words(**changed):
    """The command line of a notification; what is changed replaces an option, None takes it out."""
    options = {"kind": "INC", "to": "LV,FI", "precedence": "URGENT", "context": "REAL",
               "marking": "AMBER", "measure": "OSCE-3", "subject": "Payment clearing disturbed",
               "body": "-", "cross_border": None, **changed}
    words = ["notify"]
    for name, value in options.items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", value]
    return words


class ExchangeCase(unittest.TestCase):
    """Its tests share one exchange, and rely on nothing that another test did."""

    OFFICES = exchange.OFFICES
    STARTS_AT = None  # Or an instant, for an exchange in a time of its own.

    @classmethod
    def setUpClass(cls):
        cls.exchange = exchange.Exchange(cls.OFFICES, cls.STARTS_AT)
        cls.addClassCleanup(cls.exchange.close)

    def cbm(self, office, *arguments, input=None):
        return self.exchange.cbm(office, *arguments, input=input)

    def json(self, office, *arguments):
        return self.exchange.json(office, *arguments)

    def notify(self, office="EE-technical", text="The clearing host loses file systems.", **changed):
        """Sends a notification; what the command answers."""
        return self.exchange.json(office, *notify_words(**changed), "--yes", input=text)

    def listed(self, office, act, *command):
        """What a list says of an act; None if nothing."""
        notifications = self.json(office, *(command or ("inbox", "--headers")))["notifications"]
        found = [each for each in notifications if each["act_digest"] == act["act_digest"]]
        self.assertLessEqual(len(found), 1, "listed twice")
        return found[0] if found else None

    def without_server(self):
        """Stops the exchange for the rest of the test."""
        self.exchange.stop()
        self.addCleanup(self.start_again)

    def start_again(self):
        if self.exchange.process is None:
            self.exchange.start()

    def assert_says(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)

    def assert_error(self, outcome, code, *parts):
        """Standard error is one JSON value, of this code, whose message says `parts`."""
        error = json.loads(outcome.err)
        self.assertEqual(list(error), ["error"])
        self.assertEqual(set(error["error"]), {"code", "message"})
        self.assertEqual(error["error"]["code"], code)
        self.assert_says(error["error"]["message"], *parts)
