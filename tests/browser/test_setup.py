"""A layperson sets the adapter up in a browser, from the first page to readings on MQTT."""

import contextlib

import pytest
from browser import chromium
from system.owner import NETWORKS, PASSWORD, Fresh, Owner, flash_files

from tools.meters.catalogue import METERS

TEXTS = {
    "de": {
        "connected": "Mit Zuhause verbunden.",
        "done": "Fertig",
        "wrong": "öffnet die Telegramme nicht",
    },
    "en": {
        "connected": "Connected to Zuhause.",
        "done": "Done",
        "wrong": "does not open the telegrams",
    },
}
MOST_TAPS = 8


class Person:
    """Looks at each step, has it checked, and taps; taps are counted, typing is not."""

    def __init__(self, page, name: str):
        self.page = page
        self.taps = 0
        self.steps = []
        self._name = name

    async def at(self, step: str):
        """Wait for a step, check it for accessibility and take its picture."""
        section = self.page.locator("[data-step=%s]" % step)
        await section.wait_for(state="visible")
        heading = section.locator("h2")
        assert await heading.evaluate("element => element === document.activeElement"), step
        assert await chromium.violations(self.page) == [], step
        width = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, "%s is wider than the screen by %d px" % (step, width)
        self.steps.append(step)
        await chromium.shoot(self.page, "setup-%s-%d-%s" % (self._name, len(self.steps), step))
        return section

    async def tap(self, place):
        """Tap once."""
        self.taps += 1
        box = await place.bounding_box()
        assert box["height"] >= 24 and box["width"] >= 24, "too small to hit"
        await place.click()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("size", ["phone", "laptop"])
async def test_the_whole_set_up_in_eight_taps(tmp_path, language, size):
    texts = TEXTS[language]
    meter = METERS["kaifa"]()
    view = chromium.PHONE if size == "phone" else chromium.LAPTOP
    async with contextlib.AsyncExitStack() as stack:
        adapter = await stack.enter_async_context(Fresh(tmp_path, meter=meter))
        page = await stack.enter_async_context(chromium.page(language, view))
        await adapter.wait_web(60)
        person = Person(page, "%s-%s" % (language, size))
        # What a phone asks for by itself when it joins leads here.
        await page.goto(adapter.url)

        step = await person.at("language")
        await person.tap(step.locator("[data-language=%s]" % language))
        step = await person.at("password")
        assert await page.evaluate("document.documentElement.lang") == language
        await step.locator("[name=password]").fill(PASSWORD)
        await person.tap(step.locator("button.main"))

        step = await person.at("meter")
        await person.tap(step.locator("button.main"))

        step = await person.at("key")
        await step.locator("[name=key]").fill(
            " ".join(meter.key.hex().upper()[i : i + 4] for i in range(0, 32, 4))
        )
        await person.tap(step.locator("button.main"))

        await page.locator(".network", has_text="Zuhause").wait_for()
        step = await person.at("wifi")
        await person.tap(step.locator(".network", has_text="Zuhause"))
        await step.locator("[name=password]").fill(NETWORKS["Zuhause"])
        await person.tap(step.locator("button.main"))

        step = await person.at("mqtt")
        assert await page.locator("#good").text_content() == texts["connected"]
        await step.locator("[name=host]").fill("127.0.0.1")
        await step.locator("[name=tls]").select_option("off")
        await step.locator("[name=port]").fill(str(adapter.broker.port))
        await person.tap(step.locator("button.main"))

        step = await person.at("done")
        assert await step.locator("h2").text_content() == texts["done"]
        assert "obisgate-624701" in await step.text_content()
        assert person.taps <= MOST_TAPS
        assert page.complaints == []

        document = await adapter.wait_measurement(60)
        assert "1-0:1.8.0" in document


@pytest.mark.timeout(180)
async def test_a_wrong_key_says_so_and_the_step_stays(tmp_path):
    meter = METERS["kaifa"]()
    async with (
        Fresh(tmp_path, meter=meter) as adapter,
        chromium.page("de", chromium.PHONE) as page,
    ):
        await adapter.wait_web(60)
        person = Person(page, "wrong-key")
        await page.goto(adapter.url)
        await page.click("[data-language=de]")
        step = await person.at("password")
        await step.locator("[name=password]").fill("12345678")
        await step.locator("button.main").click()
        await step.locator(".answer", has_text="leicht zu erraten").wait_for()
        await step.locator("[name=password]").fill(PASSWORD)
        await step.locator("button.main").click()
        step = await person.at("meter")
        await step.locator("button.main").click()
        step = await person.at("key")
        for text, answer in (
            ("1234", "Länge"),
            ("0g" * 16, "andere Zeichen"),
            ("a1b2" * 8, TEXTS["de"]["wrong"]),
        ):
            await step.locator("[name=key]").fill(text)
            await step.locator("button.main").click()
            await step.locator(".answer", has_text=answer).wait_for(timeout=30000)
        assert await chromium.violations(page) == []
        # Later: every step again, behind the password.
        await page.context.clear_cookies()
        await page.goto(adapter.url + "/setup")
        step = await person.at("login")
        await step.locator("[name=password]").fill(PASSWORD)
        await step.locator("button.main").click()
        step = await person.at("menu")
        await step.locator("[data-go=key]").click()
        step = await person.at("key")
        await step.locator("[name=key]").fill(meter.key.hex())
        await step.locator("button.main").click()
        await person.at("menu")
        assert await page.locator("#good").text_content() != ""
        # A refused input is no error of the page.
        assert [text for text in page.complaints if "status of 4" not in text] == []


@pytest.mark.timeout(240)
async def test_a_key_without_a_meter_is_kept_and_judged_when_it_comes(tmp_path):
    meter = METERS["kaifa"]()
    async with (
        Fresh(tmp_path, meter=meter) as adapter,
        chromium.page("en", chromium.PHONE) as page,
    ):
        await adapter.unplug()
        await adapter.wait_web(60)
        async with Owner(adapter) as owner:
            await owner.wait()
            await owner.set_password()
            await owner.ask("PUT", "/api/v1/config", {"device.language": "en"})
        await page.goto(adapter.url + "/setup")
        await page.locator("[data-step=login] [name=password]").fill(PASSWORD)
        await page.locator("[data-step=login] button.main").click()
        await page.locator("[data-go=key]").first.click()
        step = page.locator("[data-step=key]")
        await step.locator("[name=key]").fill(meter.key.hex())
        await step.locator("button.main").click()
        # The next thing to do is said in words, not the name of a state.
        await step.locator(".answer", has_text="Check the cable").wait_for(timeout=40000)
        await adapter.plug(METERS["kaifa"]())
        await page.locator("#good", has_text="The key fits").wait_for(timeout=60000)


@pytest.mark.timeout(240)
async def test_backup_new_password_and_reset_by_the_page(tmp_path):
    async with (
        Fresh(tmp_path, broker=None) as adapter,
        chromium.page("en", chromium.LAPTOP) as page,
    ):
        await adapter.wait_web(60)
        async with Owner(adapter) as owner:
            await owner.wait()
            await owner.set_password()
            await owner.ask(
                "PUT", "/api/v1/config", {"mqtt.host": "broker.lan", "device.language": "en"}
            )
        person = Person(page, "care")
        await page.goto(adapter.url + "/setup")
        step = await person.at("login")
        await step.locator("[name=password]").fill(PASSWORD)
        await step.locator("button.main").click()
        step = await person.at("menu")
        await step.locator("[data-go=care]").click()
        step = await person.at("care")

        backup = page.locator("#backup-form")
        await backup.locator("[name=passphrase]").fill("Berg-und-Tal-9")
        async with page.expect_download() as download:
            await backup.locator("button.main").click()
        kept = tmp_path / "backup.json"
        await (await download.value).save_as(kept)
        assert "broker.lan" not in kept.read_text()

        change = page.locator("#change-form")
        await change.locator("[name=current]").fill(PASSWORD)
        await change.locator("[name=password]").fill("Licht-im-Keller-3")
        await change.locator("button.main").click()
        await change.locator(".answer[data-kind=good]").wait_for(timeout=30000)

        async with Owner(adapter) as owner:
            await owner.log_in("Licht-im-Keller-3")
            await owner.ask("PUT", "/api/v1/config", {"mqtt.host": ""})
            restore = page.locator("#restore-form")
            await restore.locator("[name=file]").set_input_files(kept)
            await restore.locator("[name=passphrase]").fill("Berg-und-Tal-9")
            await restore.locator("button.main").click()
            await restore.locator(".answer[data-kind=good]").wait_for(timeout=30000)
            config = (await owner.ask("GET", "/api/v1/config")).json()
            assert config["mqtt.host"] == "broker.lan"

        reset = page.locator("#reset-form")
        await reset.locator("button.main").click()
        assert await reset.locator(".answer").text_content() == "", "not without the tick"
        await reset.locator("[name=sure]").check()
        await reset.locator("button.main").click()
        await adapter.board.wait_start(2)
        assert not {"config", "config.last", "access"} & set(flash_files(adapter))
        assert page.complaints == []
