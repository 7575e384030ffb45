"""Chromium for the tests of the page: its start, its complaints, and axe."""

import contextlib
import json
import shutil

import pytest
from playwright.async_api import async_playwright

from tools.host_board import ROOT

_AXE = ROOT / "build/node/node_modules/axe-core/axe.min.js"
SHOTS = ROOT / "build/screenshots"

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.asynccontextmanager
async def page(language: str, size: dict):
    """A page in a new browser, with `complaints` (errors of console, page and requests) beside it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_FLAGS)
        context = await browser.new_context(
            viewport=size, locale=language, ignore_https_errors=True, has_touch=size is PHONE
        )
        opened = await context.new_page()
        opened.complaints = []
        opened.on("console", lambda m: m.type == "error" and opened.complaints.append(m.text))
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        try:
            yield opened
        finally:
            await browser.close()


async def violations(opened) -> list:
    """Return what axe finds against WCAG 2.1 AA on the page as it is."""
    # The page's own policy forbids foreign scripts; the protocol's evaluation is not bound by it.
    await opened.evaluate(_AXE.read_text() + "; undefined")
    result = await opened.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    return [
        "%s: %s" % (found["id"], json.dumps([node["html"] for node in found["nodes"]]))
        for found in result["violations"]
    ]


async def shoot(opened, name: str):
    """Keep a picture of the page as build/screenshots/NAME.png."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await opened.screenshot(path=SHOTS / (name + ".png"), full_page=True)
