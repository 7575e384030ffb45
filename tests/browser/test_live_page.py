"""The live page in Chromium: what it shows is what the meter sent, and what the meter did not send is a gap."""

import asyncio
import contextlib
import json
import re

import obis_names
import pytest
from browser import chromium
from system.harness import Adapter

from tools.host_board import ROOT
from tools.meters.catalogue import METERS

PAGE = ROOT / "firmware/web/page"
SMALLEST = {"width": 320, "height": 640}
TABLET = {"width": 820, "height": 1180}
# Set by hand: how long detection takes is not what is tested here.
LINE = {"meter.line": "2400 8E1"}
# What shows that a section has got its data.
FILLED = {
    "live": "#values tbody tr",
    "status": "#facts dt",
    "settings": "#settings-fields details",
    "access": "#tokens li",
    "update": "#update-form",
    "log": "#log tbody tr",
}

# What the page has drawn, and where: points [s, W], and the plotting area within the canvas.
_GRAPH = """() => {
  const over = document.querySelector('.u-over').getBoundingClientRect();
  const canvas = document.querySelector('#graph canvas');
  const frame = canvas.getBoundingClientRect();
  const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
  const wanted = [1, 3, 5].map((i) => parseInt(accent.slice(i, i + 2), 16));
  const scale = canvas.width / frame.width;
  const left = Math.round((over.left - frame.left) * scale), width = Math.round(over.width * scale);
  const data = canvas.getContext('2d').getImageData(left, 0, width, canvas.height).data;
  const columns = [];
  for (let x = 0; x < width; x++) {
    let count = 0;
    for (let y = 0; y < canvas.height; y++) {
      const at = 4 * (y * width + x);
      if (data[at + 3] > 100 && wanted.every((c, i) => Math.abs(data[at + i] - c) < 40)) count++;
    }
    columns.push(count);
  }
  const pressed = document.querySelector('#range [aria-pressed=true]');
  return {
    points: JSON.parse(sessionStorage.getItem('obisgate.graph')),
    columns, now: Date.now() / 1000, minutes: Number(pressed.dataset.minutes),
  };
}"""

_TABLE = """() => Object.fromEntries([...document.querySelectorAll('#values tbody tr')].map((row) =>
  [row.querySelector('.code').textContent, row.querySelector('.value').textContent]))"""


class Way:
    """The way from the browser to an adapter, which can be cut."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.whole = True
        self._writers = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = "http://127.0.0.1:%d" % self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception):
        self.cut()
        self._server.close()

    def cut(self):
        """End every connection, and every new one at once."""
        self.whole = False
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader, writer):
        if not self.whole:
            writer.transport.abort()
            return
        theirs = await asyncio.open_connection("127.0.0.1", self.adapter.web_port)
        await asyncio.gather(self._pass_on(reader, theirs[1]), self._pass_on(theirs[0], writer))

    async def _pass_on(self, reader, writer):
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.close()


def plain(text: str) -> str:
    """Return a number of the German page as the meter's exact text."""
    return text.replace("\u202f", "").replace(",", ".").replace("−", "-")


async def opened(page, adapter, url=None):
    """Open the page with the token in its address and wait until it is live."""
    await page.goto((url or adapter.url) + "/#token=" + adapter.token)
    await page.locator("[data-link=live]").wait_for()
    await page.locator("#values tbody tr").first.wait_for(timeout=30000)


def column(graph, time: float) -> int:
    """Return the column of the canvas at which a time is drawn."""
    span = graph["minutes"] * 60
    return round((time - (graph["now"] - span)) / span * len(graph["columns"]))


def holes(graph, longer_than: float) -> list:
    """Return [(from, to)] where two points in a row are further apart than that."""
    times = [point[0] for point in graph["points"]]
    return [(a, b) for a, b in zip(times, times[1:]) if b - a > longer_than]


def empty(graph, start: float, end: float) -> bool:
    """Tell whether nothing at all is drawn between two times.

    A dot's width is left out at each end, and what the picture moves between two drawings.
    """
    second = len(graph["columns"]) // (graph["minutes"] * 60)
    margin = 6 + 2 * second
    columns = graph["columns"][max(0, column(graph, start) + margin) : column(graph, end) - margin]
    assert columns
    return not any(columns)


@pytest.mark.timeout(240)
async def test_table_and_graph_are_what_was_sent_and_a_gap_stays_one(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with (
        Adapter(tmp_path, meter=meter, config=LINE) as adapter,
        chromium.page("de-AT", chromium.LAPTOP) as page,
    ):
        await adapter.wait_measurement(60)
        await opened(page, adapter)
        table = await page.evaluate(_TABLE)
        sent = next(
            s
            for s in reversed(meter.sent)
            if s.expected["0-0:1.0.0"]["value"] == table["0-0:1.0.0"]
        )
        assert list(table) == [row[0] for row in obis_names.TABLE if row[0] in sent.expected]
        for code, entry in sent.expected.items():
            shown = (
                table[code]
                if isinstance(entry["value"], str) and "T" in entry["value"]
                else plain(table[code])
            )
            assert shown == str(entry["value"]), code

        await page.click("#range [data-minutes='1']")
        await meter.wait_sent(4)
        net = [
            int(s.expected["1-0:1.7.0"]["value"]) - int(s.expected["1-0:2.7.0"]["value"])
            for s in meter.sent
        ]
        drawn = [point[1] for point in (await page.evaluate(_GRAPH))["points"]]
        assert len(drawn) >= 4
        # Where this machine was too slow for the line, a telegram may be missing; none may be made up.
        sent_in_order = iter(net)
        assert all(power in sent_in_order for power in drawn if power is not None)

        await adapter.unplug()
        await page.locator("#notice").wait_for(timeout=20000)
        await page.locator("#power").filter(has_text="–").wait_for(timeout=20000)
        # The silence itself is what is tested: nothing else marks its end.
        await asyncio.sleep(max(0, 20 - 3 * meter.interval))
        await adapter.plug(meter)
        await page.locator("#power").filter(has_not_text="–").wait_for(timeout=30000)
        graph = await page.evaluate(_GRAPH)
        (gap,) = holes(graph, 15)
        assert empty(graph, *gap)
        assert any(graph["columns"][: column(graph, gap[0])]) and any(
            graph["columns"][column(graph, gap[1]) :]
        )
        assert "1 Lücke" in await page.locator("#graph-text").text_content()
        await chromium.shoot(page, "live-gap")

        await page.reload()
        await page.locator("[data-link=live]").wait_for()
        await page.click("#range [data-minutes='1']")
        await meter.wait_sent(2)
        graph = await page.evaluate(_GRAPH)
        assert holes(graph, 15) and empty(graph, *holes(graph, 15)[0])
        assert page.complaints == []


@pytest.mark.timeout(100)
async def test_a_lost_connection_and_a_sleeping_tab_lose_nothing_the_adapter_still_has(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with (
        Adapter(tmp_path, meter=meter, config=LINE) as adapter,
        Way(adapter) as way,
        chromium.page("en", chromium.LAPTOP) as page,
    ):
        await adapter.wait_measurement(60)
        await opened(page, adapter, way.url)
        await meter.wait_sent(2)
        way.cut()
        await page.locator("[data-link=lost], [data-link=connecting]").wait_for(timeout=30000)
        await meter.wait_sent(4)
        way.whole = True
        await page.locator("[data-link=live]").wait_for(timeout=30000)
        await meter.wait_sent(1)
        text = page.locator("#graph-text")
        await text.filter(has_not_text="gap in").wait_for(timeout=15000)
        assert holes(await page.evaluate(_GRAPH), 5) == []

        session = await page.context.new_cdp_session(page)
        await session.send("Page.setWebLifecycleState", {"state": "frozen"})
        await meter.wait_sent(4)
        await session.send("Page.setWebLifecycleState", {"state": "active"})
        await meter.wait_sent(2)
        graph = await page.evaluate(_GRAPH)
        known = (await adapter.get("/api/v1/window")).json()
        moments = [graph["now"] - entry["age_ms"] / 1000 for entry in known]
        times = [point[0] for point in graph["points"]]
        assert times == sorted(times)
        for moment in moments[:-1]:
            assert any(abs(time - moment) < 1.2 for time in times), moment
        # Woken up, the events that were held back stand where they happened, not in a heap at the end.
        assert min(b - a for a, b in zip(times, times[1:])) > 0.9


@pytest.mark.timeout(300)
async def test_every_size_language_and_section(tmp_path):
    meter = METERS["kaifa"](interval=3)
    async with Adapter(tmp_path, meter=meter, config=LINE) as adapter:
        await adapter.wait_measurement(60)
        for name, size in (("phone", SMALLEST), ("tablet", TABLET), ("laptop", chromium.LAPTOP)):
            async with chromium.page("de" if name == "phone" else "en", size) as page:
                await page.emulate_media(color_scheme="dark" if name == "tablet" else "light")
                await page.goto(adapter.url)
                await page.locator("#login").wait_for()
                assert await chromium.violations(page) == []
                await page.locator("#login [name=password]").fill(adapter.admin_password)
                await page.locator("#login button.main").click()
                await page.locator("#login").wait_for(state="hidden", timeout=30000)
                await page.locator("#values tbody tr").first.wait_for(timeout=30000)
                for section, filled in FILLED.items():
                    await page.locator("nav a[href='#/%s']" % section).click()
                    await page.locator("[data-page=%s]" % section).wait_for()
                    await page.locator(filled).first.wait_for()
                    await chromium.shoot(page, "live-%s-%s" % (name, section))
                    wide = await page.evaluate("document.scrollingElement.scrollWidth")
                    assert wide <= size["width"], (name, section)
                    assert await chromium.violations(page) == [], (name, section)
                    unnamed = await page.evaluate(
                        "[...document.querySelectorAll('[data-t]')].filter((e) => !e.textContent).length"
                    )
                    assert unnamed == 0
                foreign = [c for c in page.complaints if "404" not in c and "401" not in c]
                assert foreign == []


@pytest.mark.timeout(120)
async def test_a_wrong_password_says_so_and_a_token_may_be_given_instead(tmp_path):
    async with (
        Adapter(tmp_path, broker=None) as adapter,
        chromium.page("de", chromium.PHONE) as page,
    ):
        await adapter.wait_web(60)
        await page.goto(adapter.url)
        field = page.locator("#login [name=password]")
        await field.fill("not the password")
        await page.locator("#login button.main").click()
        await page.locator("#login .answer", has_text="falsch").wait_for(timeout=30000)
        await page.goto("about:blank")
        await page.goto(adapter.url + "/#token=" + adapter.token)
        await page.locator("[data-link=live]").wait_for(timeout=30000)
        assert adapter.token not in page.url
        # Without a meter: the state, its cause and the next step.
        await page.locator("#notice").wait_for()
        assert len(await page.locator("#notice-text").text_content()) > 40
        await chromium.shoot(page, "live-no-meter")


@pytest.mark.timeout(120)
async def test_a_new_firmwares_page_replaces_an_open_one_once(tmp_path):
    async with (
        Adapter(tmp_path, broker=None) as adapter,
        chromium.page("en", chromium.LAPTOP) as page,
    ):
        await adapter.wait_web(60)
        loads = []
        page.on("load", lambda _: loads.append(page.url))
        await page.goto(adapter.url + "/#token=" + adapter.token)
        await page.locator("[data-link=live]").wait_for()
        index = tmp_path / "flash/firmware/web/page/index.json"
        old = json.loads(index.read_text())[""][0]
        assert await page.locator("meta[name=page]").get_attribute("content") == old

        # An update: another page with another id is there after the restart.
        await adapter.board.stop()
        index.write_text(index.read_text().replace(old, "0123456789ab", 1))
        async with page.expect_event("load", timeout=60000):
            await adapter.board.start()
        await page.locator("[data-link=live]").wait_for()
        # The page on the flash still carries its old id, as if a cache had kept it: no endless reloading.
        await page.locator("#version").filter(has_text="Obisgate").wait_for()
        assert len(loads) == 2


def test_every_text_is_there_in_both_languages():
    texts = (PAGE / "texts.js").read_text()
    table = texts[texts.index("const TEXTS") : texts.index("export const LANGUAGES")]
    entries = dict(re.findall(r'^  "([^"]+)": (\[.*?\]),$', table, re.M | re.S))
    assert len(entries) > 100
    for key, pair in entries.items():
        both = re.findall(r'"((?:[^"\\]|\\.)*)"', pair)
        assert len(both) == 2 and all(both), key
        assert both[0].count("{") == both[1].count("{"), key
    used = set(re.findall(r'data-(?:t|label)="([^"]+)"', (PAGE / "index.html").read_text()))
    for script in ("app.js", "forms.js", "graph.js"):
        source = (PAGE / script).read_text()
        used |= set(re.findall(r'\bt\("([^"]+)"[,)]', source))
        used |= set(re.findall(r'\["(fact\.[^"]+)"', source))
    assert used <= set(entries), used - set(entries)


def test_the_page_is_small_and_asks_nobody_else():
    staged = ROOT / "build/page"
    sizes = {
        path.name: path.stat().st_size for path in staged.glob("*.gz") if ".json" not in path.name
    }
    assert {"index.html.gz"} <= set(sizes)
    assert sum(sizes.values()) <= 60_000
    for path in PAGE.glob("*.*"):
        if path.suffix in (".html", ".js", ".css"):
            foreign = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text())
            assert [f for f in foreign if "w3.org" not in f] == [], path.name
