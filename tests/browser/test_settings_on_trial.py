"""A new port, chosen on the page: kept by opening the page there."""

import pytest
from browser import chromium
from system.harness import Adapter

from tools.broker import free_port


@pytest.mark.timeout(180)
async def test_a_new_port_stays_once_the_page_is_open_there(tmp_path):
    async with (
        Adapter(tmp_path, broker=None) as adapter,
        chromium.page("en-GB", chromium.LAPTOP) as page,
    ):
        await adapter.wait_web(60)
        await page.goto(adapter.url + "/#token=" + adapter.token)
        await page.goto(adapter.url + "/#/settings")
        other = free_port()
        there = "http://127.0.0.1:%d" % other
        field = page.locator("[name='web.port']")
        await field.wait_for(state="attached", timeout=30000)
        await page.locator("details", has=field).locator("summary").click()
        await field.fill(str(other))
        await page.locator("#settings-form button.main").click()
        link = page.locator("#settings-form .answer a")
        await link.wait_for(timeout=30000)
        assert await link.text_content() == there

        async def opened():
            return (await adapter.http.get(there + "/api/v1/session")).status_code < 500

        await adapter.wait_until(opened, 30)
        await link.click()
        password = page.locator("#login-form [name=password]")
        await password.wait_for(timeout=30000)
        await password.fill(adapter.admin_password)
        await page.locator("#login-form button.main").click()

        async def kept():
            network = (await adapter.http.get(there + "/api/v1/network")).json()
            return network["confirm_within_s"] is None

        await adapter.wait_until(kept, 60)
        config = (await adapter.http.get(there + "/api/v1/config")).json()
        assert config["web.port"] == other
