"""Labels and provisioning: what a phone reads off them, and that no secret gets further than it must."""

import json
import re
import stat

import pytest

from support import MICROPYTHON, skip

if MICROPYTHON:
    skip("tools run on CPython only")

from tools import label, provision  # noqa: E402


def test_the_code_is_a_phones_wifi_text():
    assert label.wifi_text("Obisgate-1a2b3c", "k7mnp2qr") == (
        "WIFI:T:WPA;S:Obisgate-1a2b3c;P:k7mnp2qr;;"
    )
    assert label.wifi_text('a;b,c:d\\"', "p") == 'WIFI:T:WPA;S:a\\;b\\,c\\:d\\\\\\";P:p;;'


def test_both_labels_show_name_and_password_and_the_same_code():
    svg = label.svg("Obisgate-1a2b3c", "k7mnp2qr<")
    assert "Obisgate-1a2b3c" in svg and "k7mnp2qr&lt;" in svg
    pdf = label.pdf("Obisgate-1a2b3c", "k7mnp2(r")
    assert pdf.startswith(b"%PDF-1.4") and b"(k7mnp2\\(r)" in pdf
    dark = sum(map(sum, label.code("Obisgate-1a2b3c", "k7mnp2(r")))
    assert pdf.count(b" re\n") == dark
    assert label.svg("Obisgate-1a2b3c", "k7mnp2(r").count("M") >= dark


def test_the_pdfs_table_of_objects_is_right():
    pdf = label.pdf("Obisgate-1a2b3c", "k7mnp2qr")
    start = int(re.search(rb"startxref\n(\d+)\n", pdf)[1])
    assert pdf[start : start + 4] == b"xref"
    places = [int(text) for text in re.findall(rb"(\d{10}) 00000 n", pdf)]
    for number, place in enumerate(places, 1):
        assert pdf[place:].startswith(b"%d 0 obj" % number)


def test_passwords_are_long_and_never_the_same():
    drawn = {provision.password() for _ in range(200)}
    assert len(drawn) == 200
    for password in drawn:
        assert len(password) == 12 and not set(password) & set("lo01IO")


def test_what_is_written_is_what_the_adapter_takes(tmp_path):
    given = provision.provisioning(
        "garage", "00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF", "", ["mqtt.port=1883"]
    )
    provision.write(tmp_path, "1a2b3c", given)
    path = tmp_path / "provision.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == given
    assert given["config"] == {"mqtt.port": 1883}
    assert given["key"] == "00112233445566778899AABBCCDDEEFF"
    assert given["device"]["ap_password"] in (tmp_path / "label.svg").read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("a b", "", "", []),
        ("x" * 33, "", "", []),
        ("ok", "xyz", "", []),
        ("ok", "0011", "", []),
        ("ok", "", "00" * 15, []),
        ("ok", "", "", ["no.such=1"]),
        ("ok", "", "", ["mqtt.port=0"]),
        ("ok", "", "", ["mqtt.port"]),
    ],
)
def test_what_the_adapter_would_refuse_is_refused_before_it_is_flashed(arguments):
    with pytest.raises(provision.ProvisionError) as caught:
        provision.provisioning(*arguments)
    assert arguments[1] not in str(caught.value) or not arguments[1]
