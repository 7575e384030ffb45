"""Which read comes next."""

from c1219 import request
from c1219.meter import Meter
from c1219.plan import Plan
from support import unhex

SOURCES = bytes(
    list(range(8, 26))
    + list(range(81, 85))
    + list(range(104, 108))
    + list(range(185, 200))
    + list(range(202, 216))
)
ANSWERS = {
    request.BT00: unhex("022a884e4553200200ff0c01000a0d020c0902"),
    request.BT01: b"NES 83332-3I\x03\x02\x38\xcc",
    request.BT15: bytes(17),
    request.BT20: unhex("030e000b000000040037"),
    request.BT21: unhex("030e000b000000040037"),
    request.BT22: unhex("00010203040506071a1b1c"),
    request.BT23: bytes(220),
    request.BT27: SOURCES,
    request.BT28: bytes(220),
    request.BT52: bytes([26, 7, 1, 12, 30, 5, 0x13]),
    request.BT55: bytes([26, 7, 1, 14, 30, 0, 0x6B, 1, 0]),
    request.ET03: b"12345" + bytes(25),
    request.ET04: b"\x07",
    request.ET55: b"\x01",
}


class _Session:
    """Answers what the plan asks for, a second apart."""

    def __init__(self, refused=(), longest=465):
        self.meter = Meter()
        self.plan = Plan(self.meter)
        self.now = 0
        self.refused = refused
        self.longest = longest
        self.asked = []

    def step(self):
        read = self.plan.next(self.now)
        self.asked.append(read)
        self.now += 1000
        if read is None:
            return
        table, offset, count = read
        if table in self.refused:
            self.plan.refuse(read, self.now)
        elif count > self.longest:
            if not self.plan.shrink(read):
                self.plan.refuse(read, self.now)
        else:
            data = ANSWERS[table]
            if table in (request.BT23, request.BT28):
                data = data[offset : offset + count]
            self.meter.absorb(table, offset, count, data)
            self.plan.answered(read, self.now)

    def run(self, steps):
        for _ in range(steps):
            self.step()
        return [None if read is None else read[0] for read in self.asked]


def test_powers_come_first_and_then_the_energies():
    tables = _Session().run(16)
    assert tables.index(request.BT28) == 5
    assert tables.index(request.BT23) == 7
    assert request.BT01 in tables and request.ET04 in tables


def test_the_start_ends_when_all_was_read_once():
    session = _Session()
    assert session.plan.starting()
    session.run(14)
    assert not session.plan.starting()


def test_powers_get_most_of_the_reads():
    session = _Session()
    tables = session.run(14 + 600)[14:]
    assert tables.count(request.BT28) > 450
    assert 590 / 10 - 5 < len([t for t in tables if t == request.BT23]) < 600 / 10 + 15
    assert tables.count(request.BT55) in (9, 10, 11)
    for first, second in zip(tables, tables[1:]):
        assert request.BT28 in (first, second)


def test_other_reads_keep_their_periods():
    session = _Session()
    session.run(14 + 300)
    totals = [
        i for i, read in enumerate(session.asked) if read[0] == request.BT23 and read[1] == 0
    ][1:]
    for first, second in zip(totals, totals[1:]):
        assert 10 <= second - first <= 16


def test_a_refused_description_is_done_without():
    tables = _Session(refused=(request.BT22,)).run(60)
    assert tables.count(request.BT22) == 1
    assert request.BT23 not in tables and tables.count(request.BT28) > 30


def test_a_refused_read_is_tried_again_after_ten_minutes():
    session = _Session(refused=(request.BT23,))
    tables = session.run(580)
    # The totals and the tariffs, once each.
    assert tables.count(request.BT23) == 2
    session.run(60)
    assert [read[0] for read in session.asked].count(request.BT23) == 4


def test_a_meter_that_gives_nothing_is_asked_no_more():
    session = _Session(refused=tuple(ANSWERS))
    tables = session.run(30)
    assert tables[-1] is None
    assert len([table for table in tables if table is not None]) < 10


def test_reads_shrink_until_the_meter_gives_them():
    session = _Session(longest=100)
    session.run(40)
    after = [read for read in session.asked[20:] if read[0] in (request.BT23, request.BT28)]
    assert after and all(read[2] <= 100 for read in after)
    # All of the powers are still read, part by part.
    assert len({read for read in after if read[0] == request.BT28}) == 2


def test_a_read_that_brings_nothing_on_is_not_repeated():
    session = _Session()
    answers = dict(ANSWERS)
    ANSWERS[request.BT27] = bytes([255] * 55)
    try:
        tables = session.run(40)
    finally:
        ANSWERS.update(answers)
    assert tables.count(request.BT27) == 1
    assert request.BT28 not in tables


def test_the_layout_is_looked_at_again_on_demand():
    session = _Session()
    session.run(20)
    session.plan.check_layout()
    assert session.plan.next(session.now)[0] == request.ET04
