"""The API answers as its own description says, whatever schemathesis makes of it."""

import asyncio

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import response_schema_conformance
from system.harness import Adapter

# Would end the house under test or its way in, or has no end; and the files of the page.
LEFT_OUT = (
    "/api/v1/(factory-reset|reboot|update|password|network/confirm|mqtt/test|backup|stream)"
    "|/page/|/manifest|/favicon|/service-worker"
)


def ask_everything(url: str, token: str) -> int:
    """Ask every operation of the description with made-up arguments; return how often."""
    schema = schemathesis.openapi.from_url(url + "/openapi.json", timeout=30)
    headers = {"Authorization": "Bearer " + token}
    asked = 0
    for result in schema.exclude(path_regex=LEFT_OUT).get_all_operations():

        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=result.ok().as_strategy())
        def ask(case):
            nonlocal asked
            asked += 1
            answer = case.call(base_url=url, headers=headers, timeout=30)
            # 503 is an answer: there is no meter, so there is no measurement.
            assert answer.status_code < 500 or answer.status_code == 503, answer.text
            case.validate_response(answer, checks=[response_schema_conformance])

        ask()
    return asked


@pytest.mark.timeout(420)
async def test_no_request_within_or_beside_the_description_breaks_anything(tmp_path):
    async with Adapter(tmp_path, broker=None) as adapter:
        await adapter.wait_web(60)
        # In a thread, since the board's watchdog runs in this one.
        assert await asyncio.to_thread(ask_everything, adapter.url, adapter.token) > 100
        assert (await adapter.status())["web"]["refused"].get("failed", 0) == 0
        assert adapter.board.resets == []
