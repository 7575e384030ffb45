"""The API descriptions are made from the table of routes, and are valid documents of their kind."""

import json

from support import MICROPYTHON, skip

if MICROPYTHON:
    skip("the documents are made on the host")

import jsonschema
from openapi_spec_validator import OpenAPIV31SpecValidator

from firmware.web import routes
from tools import api_documents

ROWS = list(routes.rows())


def test_openapi_is_valid_3_1():
    document = json.loads(json.dumps(api_documents.openapi()))
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_and_alias_is_described_and_nothing_else():
    document = api_documents.openapi()
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(row.method, path) for row in ROWS for path in [row.path] + row.aliases}
    used = {row.path if row.handler == "static.document" else row.handler for row in ROWS}
    assert used == set(api_documents.WORDS)


def test_operations_have_both_languages_an_answer_and_unique_ids():
    names = []
    for item in api_documents.openapi()["paths"].values():
        for operation in item.values():
            assert operation["summary"] and operation["x-summary-de"]
            assert any(status < "400" for status in operation["responses"])
            names.append(operation["operationId"])
    assert len(set(names)) == len(names)


def test_whoever_needs_a_credential_says_so():
    document = api_documents.openapi()
    for row in ROWS:
        operation = document["paths"][row.path][row.method.lower()]
        assert bool(operation["security"]) == (row.scope != "public"), row
        assert ("401" in operation["responses"]) == (row.scope != "public"), row


def test_the_measurement_schema_takes_a_measurement_and_refuses_a_wrong_one():
    definitions = {"components": {"schemas": api_documents.schemas()}}
    schema = dict(definitions["components"]["schemas"]["Measurement"], **definitions)
    good = {
        "api_version": "v1", "name": "x", "sma_time": 1.5,
        "1-0:1.8.0": {"value": 12937, "time": 1632728835}, "1-0:2.8.0": {}, "9-9:9.9.9": {"value": "t"},
    }  # fmt: skip
    jsonschema.validate(good, schema)
    for bad in ({"value": None}, {"value": 1, "unit": "Wh"}, 5):
        try:
            jsonschema.validate(dict(good, **{"1-0:1.8.0": bad}), schema)
        except jsonschema.ValidationError:
            continue
        raise AssertionError(bad)


def test_every_topic_is_in_asyncapi():
    document = api_documents.asyncapi()
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert {
        "obisgate/{id}/" + leaf for leaf in ("measurement", "status", "meter", "info", "update")
    } < addresses
    for name, operation in document["operations"].items():
        assert operation["channel"]["$ref"].rpartition("/")[2] in document["channels"], name
        assert operation["bindings"]["mqtt"]["qos"] == (0 if name == "send_measurement" else 1)
        assert operation["bindings"]["mqtt"]["retain"] == (name != "send_measurement")
