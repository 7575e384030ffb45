"""A new key beside the old one: whichever is right, no telegram is lost."""

from firmware.meter.key_trial import KeyTrial


class Decoder:
    """Opens what begins with its key's letter; other telegrams are dropped."""

    def __init__(self, keys: str):
        self.keys = keys
        self.dropped = {}
        self._found = []

    def feed(self, data):
        if data[:1] in (self.keys, "-"):
            self._found.append(data)
        else:
            self.dropped["key-wrong"] = self.dropped.get("key-wrong", 0) + 1

    def idle(self):
        pass

    def take(self):
        return self._found.pop(0) if self._found else None


def run(telegrams: str):
    trial = KeyTrial(Decoder("o"), Decoder("n"))
    taken = []
    for telegram in telegrams:
        trial.feed(telegram)
        trial.idle()
        while True:
            found = trial.take()
            if found is None:
                break
            taken.append((found, trial.keys))
    return trial, taken


def test_nothing_is_lost_when_the_meter_changes_its_key():
    trial, taken = run("oonnn")
    assert taken == [("o", "o"), ("o", "o"), ("n", "n"), ("n", "n"), ("n", "n")]
    assert trial.refused == 0 and trial.dropped == {"key-wrong": 2}


def test_a_wrong_new_key_costs_nothing_and_shows():
    trial, taken = run("ooo")
    assert taken == [("o", "o")] * 3
    assert trial.refused == 3 and trial.dropped == {}


def test_a_telegram_without_encryption_decides_nothing():
    trial, taken = run("--")
    assert taken == [("-", "o")] * 2 and trial.keys == "o"
