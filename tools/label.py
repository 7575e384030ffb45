"""The label of an adapter: its access point's name and password, in print and as a QR code.

62 mm × 29 mm, a common size of label printers; as SVG and as PDF.
"""

from html import escape
from pathlib import Path

import segno

WIDTH_MM, HEIGHT_MM = 62, 29
_CODE_MM = 25
_MARGIN_MM = 2
# Lines beside the code: (height of the letters in mm, distance from the top in mm).
_LINES = ((3.6, 7), (2.4, 12), (3.2, 16.5), (2.4, 21.5), (3.2, 26))
_POINTS_PER_MM = 72 / 25.4


def wifi_text(ssid: str, password: str) -> str:
    """Return what phones understand as an access point: its QR code's text."""

    def quoted(text: str) -> str:
        return "".join("\\" + c if c in '\\;,:"' else c for c in text)

    return "WIFI:T:WPA;S:%s;P:%s;;" % (quoted(ssid), quoted(password))


def code(ssid: str, password: str) -> list:
    """Return the QR code's rows of 0 and 1, with the quiet zone of four modules."""
    made = segno.make(wifi_text(ssid, password), error="m", micro=False)
    return [list(row) for row in made.matrix_iter(border=4)]


def texts(ssid: str, password: str) -> tuple:
    """Return the printed lines."""
    return ("Obisgate", "WLAN · Wi-Fi", ssid, "Passwort · password", password)


def _squares(rows: list):
    """Yield (x, y, side) in mm of each dark module."""
    side = _CODE_MM / len(rows)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                yield _MARGIN_MM + x * side, _MARGIN_MM + y * side, side


def svg(ssid: str, password: str) -> str:
    """Return the label as SVG."""
    path = "".join(
        "M%.3f %.3fh%.3fv%.3fh-%.3fz" % (x, y, s, s, s)
        for x, y, s in _squares(code(ssid, password))
    )
    left = 2 * _MARGIN_MM + _CODE_MM
    lines = "".join(
        '<text x="%g" y="%g" font-size="%g">%s</text>' % (left, y, size, escape(text))
        for text, (size, y) in zip(texts(ssid, password), _LINES, strict=True)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="%dmm" height="%dmm" viewBox="0 0 %d %d">'
        '<rect width="100%%" height="100%%" fill="#fff"/><path d="%s"/>'
        '<g font-family="sans-serif">%s</g></svg>\n'
        % (WIDTH_MM, HEIGHT_MM, WIDTH_MM, HEIGHT_MM, path, lines)
    )


def pdf(ssid: str, password: str) -> bytes:
    """Return the label as PDF: one page of its size, text in Helvetica."""
    k = _POINTS_PER_MM
    height = HEIGHT_MM * k
    drawn = ["0 g"]
    for x, y, side in _squares(code(ssid, password)):
        drawn.append(
            "%.3f %.3f %.3f %.3f re" % (x * k, height - (y + side) * k, side * k, side * k)
        )
    drawn.append("f")
    left = (2 * _MARGIN_MM + _CODE_MM) * k
    for text, (size, y) in zip(texts(ssid, password), _LINES, strict=True):
        for c in "\\()":
            text = text.replace(c, "\\" + c)
        drawn.append(
            "BT /F1 %.2f Tf %.2f %.2f Td (%s) Tj ET" % (size * k, left, height - y * k, text)
        )
    stream = "\n".join(drawn).encode("cp1252")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>" % (WIDTH_MM * k, HEIGHT_MM * k),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    made = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(made)


def write(folder: Path, ssid: str, password: str):
    """Write label.svg and label.pdf into a folder."""
    (folder / "label.svg").write_text(svg(ssid, password))
    (folder / "label.pdf").write_bytes(pdf(ssid, password))
