"""A signed bundle is taken as it is, and refused with its cause if anything about it is not right."""

import asyncio
import os

import release_fakes
from release_fakes import FACTS, KEYS, MODULI, ROWS, made

from firmware.update import archive, bundle, slots
from support import raises, temporary_folder
from tools import bundle_writer


class Sink:
    """A spare slot in RAM, with what a slots.Spare answers."""

    def __init__(self, free=1 << 20):
        self.free = free
        self.begun = False
        self.finished = False
        self.discarded = False
        self._manifest = bytearray()
        self._contents = bytearray()
        self._rows = []
        self._open = None

    @property
    def files(self) -> dict:
        found, start = {}, 0
        for path, size in self._rows:
            found[path] = bytes(self._contents[start : start + size])
            start += size
        return found

    def open_manifest(self):
        self._open = self._manifest

    def write(self, data):
        self._open.extend(data)

    def close(self):
        self._open = None

    def manifest_lines(self, longest):
        for line in bytes(self._manifest).split(b"\n")[:-1]:
            yield line[: longest - 1].decode()

    def begin(self, version, rows, needed):
        if needed > self.free:
            raise OSError(28)
        self._rows = list(rows())
        assert sum([row[1] for row in self._rows]) == needed
        self._open = self._contents
        self.begun = True

    def begin_image(self, size):
        self.image = bytearray()

    def write_image(self, data):
        self.image.extend(data)

    def finish(self):
        self.finished = True

    def discard(self):
        self.discarded = True


def receiver(sink, size, keys=KEYS, board="one", arch="xtensawin", running="1.2.2", check=False):
    return bundle.Receiver(sink, size, keys, board, arch, running, check)


async def _feed(target, octets, piece):
    for start in range(0, len(octets), piece):
        await target.feed(octets[start : start + piece])


def take(octets, piece=512, size=None, **more):
    """Feed a bundle; return (receiver, sink)."""
    sink = more.pop("sink", None) or Sink()
    target = receiver(sink, len(octets) if size is None else size, **more)
    asyncio.run(_feed(target, octets, piece))
    return target, sink


def refusal(octets, **more) -> str:
    """Return the cause of a refusal, after which the slot is no firmware and nothing more is taken."""
    sink = Sink(more.pop("free", 1 << 20))
    target = receiver(sink, more.pop("size", len(octets)), **more)
    cause = str(raises(bundle.Refused, asyncio.run, _feed(target, octets, 512)))
    assert sink.discarded and not sink.finished
    again = raises(bundle.Refused, asyncio.run, target.feed(b"x"))
    assert str(again) == cause
    return cause


def test_a_bundle_is_taken_whole():
    for piece in (1, 13, 404, 405, 406, 100000):
        target, sink = take(made(), piece)
        assert target.done and sink.finished and not sink.discarded
        assert target.version == "1.2.3"
        assert sink.files == {
            "board.mpy": b"board one",
            "firmware/app.mpy": b"the application",
            "firmware/web/page/index.html.gz": b"",
            "lib/crypto/big.mpy": release_fakes.BIG,
            "lib/kernels_viper.mpy": b"code of an S3",
        }


def test_each_board_and_architecture_gets_its_own_files():
    _, sink = take(made(), board="two", arch="rv32imc")
    assert (sink.files["board.mpy"]) == b"board two!"
    assert (sink.files["lib/kernels_viper.mpy"]) == b"code of a C3"


def test_micropython_itself_goes_to_its_partition_and_nowhere_else():
    image = b"\xe9" + bytes(300000)
    rows = sorted(ROWS + [("micropython.bin", "image:one", image)])
    _, sink = take(made(rows), 4096)
    assert sink.image == image and "micropython.bin" not in sink.files
    target, sink = take(made(rows), 4096, board="two")
    assert target.done and not hasattr(sink, "image")
    damaged = made(rows)
    at = damaged.find(image) + 1000
    assert refusal(damaged[:at] + b"!" + damaged[at + 1 :]) == "damaged"


def test_either_release_key_will_do_and_no_other():
    assert take(made(key=1))[0].done
    assert refusal(made(key=1), keys=MODULI[0]) == "unknown-key"
    assert refusal(made(), keys=b"") == "no-release-key"


def test_one_flipped_bit_anywhere_is_refused():
    octets = made(
        [
            ("board.mpy", "board:one", b"board"),
            ("firmware/app.mpy", "any", b"application"),
            ("lib/x.mpy", "rv32imc", b"of another architecture"),
        ]
    )
    # Every octet on the fast runtime, a sample on the other.
    for position in range(0, len(octets), 13 if release_fakes.on_micropython() else 1):
        flipped = bytearray(octets)
        flipped[position] ^= 1 << position % 8
        cause = refusal(bytes(flipped))
        if position < 9:
            assert cause == "not-a-bundle"
        elif position < 17:
            assert cause == "unknown-key"
        elif position >= len(octets) - 39:
            assert cause == "damaged"
        else:
            assert cause in ("signature", "size")


def test_a_good_signature_of_another_bundle_is_refused():
    one, other = made(), made(facts={"version": "1.2.4"})
    assert refusal(one[:21] + other[21:405] + one[405:]) == "signature"


def test_an_older_version_needs_an_admin_who_insists():
    assert refusal(made(), running="1.2.4") == "older-version"
    assert refusal(made(), running="1.10.0") == "older-version"
    assert take(made(), running="1.2.3")[0].done
    assert take(made(), running=None)[0].done


def test_another_board_is_refused():
    assert refusal(made(), board="three") == "wrong-board"
    assert refusal(made(), board="on") == "wrong-board"


def test_a_runtime_too_old_or_of_another_kind_is_refused():
    assert refusal(made(facts={"micropython": "99.0.0"})) == "micropython-too-old"
    if release_fakes.on_micropython():
        assert refusal(made(facts={"mpy": 5})) == "micropython-mpy"


def test_a_missing_or_extra_file_is_refused():
    octets = made()
    text = bundle_writer.manifest(FACTS, ROWS)
    shorter = made(ROWS[:-1], text=text)
    assert refusal(shorter) == "size"
    target, sink = take(octets[:-1], size=len(octets))
    assert not target.done and not sink.finished
    assert refusal(octets + b"x") == "size"
    assert refusal(octets + b"x", size=len(octets)) == "size"
    for needed in ("board.mpy", "firmware/app.mpy"):
        assert refusal(made([row for row in ROWS if row[0] != needed])) == "incomplete"


def test_a_count_that_lies_is_refused():
    text = bundle_writer.manifest(FACTS, ROWS)
    for count in (b"files 6\n", b"files 8\n"):
        assert refusal(made(text=text.replace(b"files 7\n", count))) == "manifest"


def test_sizes_that_lie_are_refused():
    text = bundle_writer.manifest(FACTS, ROWS)
    lies = (
        ("size", b" 5001 any"),
        ("size", b" 4999 any"),
        ("size", b" 0 any"),
        ("manifest", b" 262145 any"),
        ("manifest", b" 99999999 any"),
        ("manifest", b" -1 any"),
        ("manifest", b" 0x5 any"),
        ("manifest", b"  any"),
    )
    for cause, lie in lies:
        assert refusal(made(text=text.replace(b" 5000 any", lie))) == cause
    # Two lies that add up: the files' own digests tell.
    both = text.replace(b" 5000 any", b" 4999 any").replace(b" 15 any", b" 16 any")
    assert refusal(made(text=both)) == "damaged"


def test_a_manifest_longer_than_the_bundle_or_the_limit_is_refused():
    octets = made()
    for length in (0, len(octets), 49153, 0xFFFFFFFF):
        assert refusal(octets[:17] + length.to_bytes(4, "big") + octets[21:]) == "size"


def test_paths_that_climb_are_refused():
    for path in (
        "../boot.py",
        "/boot.py",
        "lib/../../boot.py",
        "lib//x.mpy",
        "lib/./x.mpy",
        "lib/.x",
        "a/b/c/d/e/f/g",
        "",
        "lib/x\\y",
        "lib/\x00",
        "x" * 97,
        "lib/",
    ):
        assert not bundle.safe(path)
        rows = sorted(ROWS + [(path, "any", b"evil")])
        assert refusal(made(rows)) in ("path", "manifest")


def test_order_decides_so_that_no_file_comes_twice():
    assert refusal(made([ROWS[0], ROWS[2], ROWS[2]])) == "manifest"
    assert refusal(made([ROWS[2], ROWS[0]])) == "manifest"
    twice = [ROWS[0], ("board.mpy", "any", b"another"), ROWS[2]]
    assert refusal(made(twice)) == "manifest"


def test_malformed_manifests_are_refused():
    text = bundle_writer.manifest(FACTS, ROWS)
    for cut in (b"", b"\n", b"version 1.2.3\n", b"version 1.2\n" + text[14:], b"x" * 1000 + b"\n"):
        assert refusal(made(text=cut or b"\n")) == "manifest"
    assert refusal(made(facts={"version": "1.2.x"})) == "manifest"
    assert refusal(made(facts={"mpy": "six"})) == "manifest"
    assert refusal(made(text=text.replace(b" any ", b" "))) == "manifest"


def test_a_full_flash_is_refused_before_the_slot_is_given_up():
    sink = Sink(free=1000)
    target = receiver(sink, len(made()))
    assert str(raises(bundle.Refused, asyncio.run, _feed(target, made(), 512))) == "no-space"
    assert not sink.begun


def test_the_slot_is_given_up_only_after_the_signature():
    octets = made()
    sink = Sink()
    target = receiver(sink, len(octets))
    end = 405 + len(bundle_writer.manifest(FACTS, ROWS))
    asyncio.run(_feed(target, octets[: end - 1], 512))
    assert not sink.begun
    asyncio.run(target.feed(octets[end - 1 : end]))
    assert sink.begun


def test_a_check_reads_the_signed_list_only_and_stores_nothing():
    octets = made()
    target = receiver(None, len(octets), running=None, check=True)
    asyncio.run(_feed(target, octets[:1500], 100))
    assert target.done and target.version == "1.2.3"
    broken = bytearray(octets)
    broken[410] ^= 1
    target = receiver(None, len(octets), running=None, check=True)
    assert (
        str(raises(bundle.Refused, asyncio.run, _feed(target, bytes(broken), 100))) == "signature"
    )


def test_the_real_spare_slot_holds_what_was_sent():
    with temporary_folder() as root:
        octets = made()
        for _ in range(2):
            target = receiver(slots.Spare(root, "b"), len(octets))
            asyncio.run(_feed(target, octets, 512))
            assert target.done
            assert slots.version("b", root) == "1.2.3"
            assert os.listdir(root) == ["b.slot"]
        files = archive.Archive(root + "/b.slot")
        with files.open("/lib/crypto/big.mpy", "rb") as file:
            assert file.read(10) == release_fakes.BIG[:10]
            assert file.read() == release_fakes.BIG[10:]
            assert file.read() == b""
        with files.open("firmware/web/page/index.html.gz", "rb") as file:
            assert file.read() == b""
        buffer = bytearray(64)
        with files.open("board.mpy", "rb") as file:
            assert file.readinto(buffer) == 9 and file.readinto(buffer) == 0
        assert bytes(buffer[:9]) == b"board one"
        assert files.stat("/firmware/web")[0] == files.stat("/lib")[0] == 0x4000
        assert files.stat("/lib/crypto/big.mpy")[6] == len(release_fakes.BIG)
        for path in ("/x", "/lib/big.mpy", "/firmware/web/pag", "/board"):
            assert raises(OSError, files.stat, path).args[0] == 2
        raises(OSError, files.open, "/lib", "rb")
        raises(OSError, files.open, "/board.mpy", "wb")


def test_a_damaged_bundle_leaves_no_slot_and_no_rest():
    with temporary_folder() as root:
        octets = made()
        damaged = octets[:-1] + b"!"
        target = receiver(slots.Spare(root, "b"), len(octets), arch="rv32imc")
        raises(bundle.Refused, asyncio.run, _feed(target, damaged, 512))
        assert slots.version("b", root) is None
        assert os.listdir(root) == []
        with open(root + "/b.slot", "wb") as file:
            file.write(b"OBISSLOT\x00\x09\x00\x02ab")
        raises(ValueError, archive.Archive, root + "/b.slot")
        with open(root + "/b.slot", "wb") as file:
            file.write(b"something else")
        raises(ValueError, archive.Archive, root + "/b.slot")
        assert slots.version("b", root) is None
