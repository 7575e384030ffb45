"""The report of what fits: measured on the runtime, refused with the reason."""

from support import MICROPYTHON, raises, skip

if MICROPYTHON:
    skip("tools run on CPython only")

from tools import build, power, release, sbom, size  # noqa: E402


def test_what_does_not_fit_is_refused_with_the_reason():
    result = {
        "flash": 400_001,
        "flash_limit": 400_000,
        "code": "frozen",
        "files": 4096,
        "frozen": 2048,
        "ram_limit": 1024,
        "interface": "p1",
        "modules": [("small", 1), ("large", 9)],
    }
    assert size.problems(result) == [
        "flash: 400001 octets, 400000 allowed",
        "RAM: 2048 octets with the p1 interface, 1024 there are; the largest module is large",
    ]
    assert size.problems({**result, "flash": 400_000, "frozen": 1024}) == []


def test_an_import_is_measured_and_a_broken_one_named(tmp_path):
    for name, source in (
        ("light", "x = 1\n"),
        ("heavy", "import light\nx = bytearray(32000)\n"),
        ("broken", "raise ValueError('no')\n"),
    ):
        path = tmp_path / (name + ".py")
        path.write_text(source)
        build.compile_module(path, tmp_path / (name + ".mpy"), name, None)
        path.unlink()
    found = dict(size.measure(tmp_path, ("heavy",)))
    # 32000 octets are 20000 by the factor between the runtimes; what it imports counts by itself.
    assert 20_000 <= found["heavy"] < 21_500
    assert 0 < found["light"] < 1_000
    error = raises(size.SizeError, size.measure, tmp_path, ("broken",))
    assert "broken does not import" in str(error)


def test_the_firmware_fits_its_flash_on_every_board():
    for name in ("esp32", "esp32c3"):
        sizes = build.build(name)
        assert sum(sizes.values()) <= size.FLASH_LIMIT
        assert all(
            path.endswith((".mpy", ".gz", ".json", ".py", ".bin", ".slot")) for path in sizes
        )


def test_modules_named_for_the_budget_exist():
    sources = build.sources(build.board_data("host"))
    for module in {m for kinds in size.BY_INTERFACE.values() for m in kinds} | set(size.ALWAYS):
        assert module.replace(".", "/") in sources, module


def test_the_bill_of_materials_lists_what_is_pinned():
    document = sbom.document("1.2.3")
    assert document["bomFormat"] == "CycloneDX"
    named = {(part["name"], part["version"]) for part in document["components"]}
    assert set(sbom.pins(build.ROOT / "requirements-device.txt")) <= named
    assert ("uplot", dict(sbom.page_packages())["uplot"]) in named
    assert sbom.text("1.2.3") == sbom.text("1.2.3")


def test_release_keys_lie_outside_the_tree_and_are_private(tmp_path, monkeypatch):
    monkeypatch.setenv("OBISGATE_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("OBISGATE_KEY_PASSPHRASE", "a passphrase")
    assert build.release_keys() == b""
    path = release.make_key(release.key_folder())
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    key = release.load_key()
    assert build.release_keys() == release.modulus(key) and len(release.modulus(key)) == 384
    monkeypatch.setenv("OBISGATE_KEYS", str(tmp_path / "none"))
    raises(release.ReleaseError, release.load_key)


def test_every_board_keeps_its_budget():
    for name in power.names():
        assert size.problems(size.report(name)) == [], name
