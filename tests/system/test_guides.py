"""The configurations in docs/ do what they say, as far as their programs are on this machine."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from tools.host_board import ROOT

sys.path.insert(0, str(ROOT / "tests/unit"))

DOCS = ROOT / "docs"


def blocks(name: str, language: str) -> list:
    """Return the code blocks of a language in a guide."""
    return re.findall("```%s\n(.*?)```" % language, (DOCS / name).read_text(), re.S)


def measurement() -> str:
    """Return a measurement as the firmware writes it, without an export."""
    import web_fakes

    from firmware.meter import measurement

    document = measurement.Document()
    reading = web_fakes.reading({"1-0:1.7.0": (423, 0), "1-0:1.8.0": (16777151, 0)})
    measurement.write(document, reading, "obisgate-1a2b3c", 1000)
    return bytes(document.data()).decode()


def run(*command, **more) -> str:
    if not shutil.which(command[0]):
        pytest.skip("no %s on this machine" % command[0])
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_evcc_expressions():
    expressions = set(re.findall(r"jq: '(.*?)'", (DOCS / "evcc.md").read_text()))
    assert len(expressions) == 2
    results = {
        json.loads(run("jq", expression, input=measurement())) for expression in expressions
    }
    assert results == {423, 16777.151}


def test_prometheus_configuration(tmp_path):
    configuration, rules = blocks("prometheus.md", "yaml")
    (tmp_path / "token").write_text("x")
    configuration = configuration.replace(
        "/etc/prometheus/obisgate.token", str(tmp_path / "token")
    )
    (tmp_path / "prometheus.yml").write_text(configuration)
    (tmp_path / "rules.yml").write_text(rules)
    run("promtool", "check", "config", str(tmp_path / "prometheus.yml"))
    run("promtool", "check", "rules", str(tmp_path / "rules.yml"))


def test_every_metric_of_the_guide_exists_and_the_other_way_round():
    documented = set(
        re.findall(r"`((?:smartmeter|obisgate)_\w+)", (DOCS / "prometheus.md").read_text())
    )
    source = (ROOT / "firmware/web/metrics.py").read_text()
    from firmware.web import metrics

    known = {row[0] for row in metrics.families()} | set(
        re.findall(r'"((?:smartmeter|obisgate)_\w+)"', source)
    )
    known = {name for name in known if "%" not in name and not name.endswith("_")}
    assert documented == known


def test_node_red_function():
    (flow,) = blocks("nodered.md", "json")
    (function,) = [node["func"] for node in json.loads(flow) if node["type"] == "function"]
    script = "const go = (m) => (function (msg) {%s})({payload: m});" % function
    script += "console.log(JSON.stringify([go(%s), go({})]))" % measurement()
    assert json.loads(run("node", "-e", script)) == [
        {"payload": 423, "topic": "obisgate-1a2b3c"},
        None,
    ]


def test_iobroker_script():
    (code,) = blocks("iobroker.md", "js")
    script = """
        const states = {};
        const createState = (name) => { states[name] = null; };
        const setState = (name, value) => { states[name] = value; };
        const on = (_, act) => act({ state: { val: %s } });
        %s
        console.log(JSON.stringify(states));
    """ % (json.dumps(measurement()), code)
    assert json.loads(run("node", "-e", script)) == {
        "meter.import": 423,
        "meter.export": None,
        "meter.energy_import": 16777151,
        "meter.energy_export": None,
    }


def test_topics_of_the_guides_are_those_of_asyncapi():
    from tools import api_documents

    known = {c["address"] for c in api_documents.asyncapi()["channels"].values()}
    leaves = {address.rpartition("/")[2] for address in known}
    for path in DOCS.glob("*.md"):
        for leaf in re.findall(r"obisgate/(?:1a2b3c|\+|<id>)/(\w+)", path.read_text()):
            assert leaf in leaves, (path.name, leaf)
