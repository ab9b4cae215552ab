"""What the tests of faults share: two offices, and what must be true of them after any fault."""

SENDER, RECEIVER = "EE-technical", "LV-duty"


def notify_words(subject="What must not be lost"):
    return ("notify", "--kind", "INC", "--to", "LV", "--measure", "OSCE-3", "--subject", subject,
            "--body", "-", "--yes")


def said_since(served, before):
    """What cbmd wrote for its operator since then."""
    return (served.folder / "cbmd.out").read_text()[before:]


def look_back(served, answered):
    """What is wrong after the fault, when cbmd serves again without one."""
    wrong = []
    for office in (SENDER, RECEIVER):
        served.cbm(office, "outbox", "send").must()
    sent = [each["act_id"] for each in served.json(SENDER, "sent")["notifications"]]
    wrong += [f"{act} is there {sent.count(act)} times" for act in set(sent) if sent.count(act) > 1]
    for act, (office, receipt) in answered.items():
        verified = served.cbm(office, "verify", receipt)
        if verified.code != 0:
            wrong.append(str(verified))
        if office == SENDER and act not in sent:
            wrong.append(f"{act} was answered and is not there")
    return wrong
