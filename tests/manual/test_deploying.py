"""What the manual says of containers, systemd and Kubernetes, as far as it can be tried."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from lifecycle.cli import commands
from lifecycle.settings import Settings
from testkit.manual_pages import MANUAL, ROOT, blocks

PAGE = MANUAL / "deploying.md"
TEXTS = [block.text for block in blocks(PAGE)]
UNITS = [text for text in TEXTS if text.startswith("[Unit]")]
NIGHTLY, TIMER = (
    block.text for block in blocks(MANUAL / "export.md") if block.text.startswith("[Unit]")
)
(CONTAINERFILE,) = (text for text in TEXTS if text.startswith("FROM "))
(COMPOSE,) = (yaml.safe_load(text) for text in TEXTS if text.startswith("services:"))
(MANIFESTS,) = (list(yaml.safe_load_all(t)) for t in TEXTS if t.startswith("apiVersion:"))


def test_every_variable_is_a_setting():
    names = set(re.findall(r"LIFECYCLE_[A-Z_]+", PAGE.read_text("utf-8")))
    variables = {f"LIFECYCLE_{name.upper()}" for name in Settings.__struct_fields__}

    assert len(names) > 6
    assert {name.removesuffix("_FILE") for name in names} <= variables


def command_lines():
    """Give what each of the files runs, without the program's name."""
    lines = {name: part["command"] for name, part in COMPOSE["services"].items() if name != "db"}
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            (container,) = manifest["spec"]["template"]["spec"]["containers"]
            lines[manifest["metadata"]["name"]] = container["args"]
    for place, unit in enumerate((*UNITS, NIGHTLY)):
        (line,) = re.findall(
            r"^ExecStart=\S+/lifecycle (.*)$", unit.replace("\\\n", ""), re.MULTILINE
        )
        lines[f"unit {place}"] = line.split()
    lines["container"] = json.loads(re.search(r"^CMD (.*)$", CONTAINERFILE, re.MULTILINE)[1])
    return lines


@pytest.mark.parametrize("line", command_lines().values(), ids=command_lines())
def test_what_is_run_is_a_command_with_such_options(line):
    command = commands.get_command(click.Context(commands), line[0])

    context = command.make_context(line[0], list(line[1:]))  # refuses what it does not know

    assert context.command.name == line[0] in {"serve", "worker", "export"}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["metadata"]["name"])
def test_what_kubernetes_is_given_it_takes(manifest):
    import kubernetes_validate  # noqa: PLC0415 - slow to import

    misspelt = {**manifest, "spec": {**manifest["spec"], "replica": 1}}

    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, kubernetes_validate.latest_version(), strict=True)


def test_what_the_container_copies_is_there_and_nobody_is_root():
    sources = re.findall(r"^COPY (?!--from)(\S+) ", CONTAINERFILE, re.MULTILINE)

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert re.search(r"^USER (\d+):0$", CONTAINERFILE, re.MULTILINE)[1] != "0"
    assert json.loads(re.search(r"^ENTRYPOINT (.*)$", CONTAINERFILE, re.MULTILINE)[1]) == [
        "lifecycle"
    ]


def test_the_probes_ask_for_paths_and_ports_that_there_are():
    for manifest in MANIFESTS[:2]:
        (container,) = manifest["spec"]["template"]["spec"]["containers"]
        (port,) = container["ports"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container[probe]["httpGet"]
            assert asked["port"] == port["containerPort"]
            assert asked["path"].partition("?")[0] in {"/health/live", "/health/ready"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", [*UNITS, NIGHTLY], ids=["serve", "worker", "export"])
def test_systemd_takes_the_units(tmp_path, unit):
    program = shutil.which("lifecycle", path=Path(sys.executable).parent)
    text = unit.replace("/opt/lifecycle/bin/lifecycle", program)
    path = tmp_path / "lifecycle-tried.service"
    path.write_text(text.replace(" lifecycle.service", ""))

    done = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, check=False
    )

    assert text != unit
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_takes_the_timer_and_its_day():
    (calendar,) = re.findall(r"^OnCalendar=(.*)$", TIMER, re.MULTILINE)
    done = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
