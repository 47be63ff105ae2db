"""What a pipeline installs: the base alone must ask a service all that a pipeline asks.

The steps of the manual's pipelines are run as they stand, in bash.

The packages of the base are found by their metadata; every other one is hidden from the command.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement

from lifecycle.cli import COMMANDS
from testkit.manual_pages import MANUAL, blocks
from testkit.server_processes import SECRET, Server

MOST_PACKAGES = 18
HIDING = """
import sys

HIDDEN = {hidden!r}


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Hidden())
"""
DERIVED = (
    *("manifest", "--product", "clairdash", "--version", "3.11.0"),
    *("--from-openapi", "old.json", "new.json"),
)
RELEASE = "product: clairdash\nversion: 3.11.0\n"
RUNS = "- {product: clairdash, version: 3.10.0}\n"
SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [
        {"type": "library", "name": "clairdash", "version": "3.10.0", "purl": "pkg:npm/x@3.10.0"}
    ],
}
SBOM_XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>
<component type="library"><name>x</name><version>3.10.0</version><purl>pkg:npm/x@3.10.0</purl>
</component></components></bom>
"""
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Clairdash", "version": "1"},
    "paths": {"/maps": {"get": {"responses": {"200": {"$ref": "#/components/responses/ok"}}}}},
    "components": {"responses": {"ok": {"description": "Maps"}}},
}


def needed(name="lifecycle-tracker"):
    """Name the packages that a plain installation brings, itself among them."""
    names, queue = set(), [name]
    while queue:
        package = distribution(queue.pop())
        found = package.metadata["Name"].lower().replace("_", "-")
        if found in names:
            continue
        names.add(found)
        requirements = map(Requirement, package.requires or ())
        queue += [
            requirement.name
            for requirement in requirements
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ]
    return names


def test_the_client_brings_few_packages():
    names = needed()

    assert {"httpx", "click", "msgspec", "pyyaml"} < names
    assert len(names - {"lifecycle-tracker"}) <= MOST_PACKAGES, sorted(names)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of a pipeline, and in it what hides the packages that the base does not bring."""
    folder = tmp_path_factory.mktemp("light")
    base = needed()
    hidden = {
        module
        for module, packages in packages_distributions().items()
        if not {package.lower().replace("_", "-") for package in packages} & base
    }
    assert {"sqlalchemy", "litestar", "rich"} <= hidden
    (folder / "sitecustomize.py").write_text(HIDING.format(hidden=hidden))
    (folder / "release.yaml").write_text(RELEASE)
    (folder / "runs.yaml").write_text(RUNS)
    (folder / "sbom.json").write_text(json.dumps(SBOM))
    (folder / "sbom.xml").write_text(SBOM_XML)
    (folder / "old.json").write_text(json.dumps(DESCRIPTION))
    (folder / "new.json").write_text(json.dumps(DESCRIPTION | {"paths": {}}))
    return folder


@pytest.fixture(scope="module")
def service(folder):
    with Server(f"sqlite:///{folder / 'store.sqlite3'}", folder) as server:
        with server.ready().fill().client() as client:
            known = {"slug": "clairdash", "identifiers": ["pkg:npm/x"]}
            client.put("/v1/products/clairdash", json=known).raise_for_status()
        yield server


@pytest.fixture
def run(folder):
    """Run a command that is told of no service, in a process of its own."""

    def run(*arguments):
        environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "LIFECYCLE_TOKEN": SECRET}
        command = [sys.executable, "-c", "from lifecycle.cli import main; main()", *arguments]
        return subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, check=False
        )

    return run


def test_the_client_answers_in_structs_without_the_service_s_packages(folder, service):
    code = f"""
from lifecycle.client import Client
with Client("http://127.0.0.1:{service.port}", token={SECRET!r}) as client:
    print(client.status("clairdash", "3.10.0").version, len(client.support("clairdash").lines) > 0)
    print(client.check([{{"product": "clairdash", "version": "3.10.0"}}], tier="pro").decided)
    print(client.gate({{"product": "clairdash", "version": "3.11.0"}}).decided)
"""
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", code]
    said = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )

    assert said.stdout.split() == ["3.10.0", "True", "True", "True"], said.stderr


ASKED = [
    (("status", "clairdash", "3.10.0"), 0, "clairdash 3.10.0"),
    (("status", "clairdash", "3.10.0", "--format", "json"), 0, '"tiers": {'),
    (("compare", "clairdash", "3.9.0", "3.10.0"), 0, "3.10.0"),
    (("gate", "release.yaml"), 0, "clairdash 3.11.0"),
    (("gate", "release.yaml", "--format", "junit"), 0, "<testsuite"),
    (("gate", "release.yaml", "--format", "sarif"), 0, '"2.1.0"'),
    (("check", "runs.yaml", "--tier", "enterprise"), 0, "runs.yaml"),
    (("check", "--sbom", "sbom.json", "--tier", "enterprise"), 0, "sbom.json"),
    (("check", "--sbom", "sbom.xml", "--tier", "enterprise"), 0, "sbom.xml"),
    (DERIVED, 0, "removes:"),
    (("rules",), 0, "removal-overdue"),
    (("help", "gate"), 0, "# The release gate"),
    (("deprecation", "list"), 0, "PRODUCT"),
    (("audit", "verify"), 0, "The log is intact"),
    (("support", "clairdash"), 0, "LINE"),
    (("product", "list"), 0, "clairdash"),
    (("release", "list", "clairdash", "--limit", "1"), 0, "VERSION"),
    (("account", "add", "initech", "--tier", "enterprise"), 0, "initech is added"),
    (("simulate", "release", "clairdash", "3.12.0"), 0, "clairdash on"),
    (("worklist",), 0, ""),
    (("completion", "bash"), 0, "_lifecycle_completion"),
]
ASK_ALL = """
import contextlib, io, json, sys
from lifecycle.cli import run


def answer(arguments):
    files = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with contextlib.redirect_stdout(files[0]), contextlib.redirect_stderr(files[1]):
        code = run(arguments)
    for file in files:
        file.seek(0)
    return code, *(file.read() for file in files)


json.dump([answer(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
"""


@pytest.fixture(scope="module")
def answers(folder, service):
    """What one process answers to all that is asked; to import is most of each one's work."""
    environ = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(folder),
        "LIFECYCLE_TOKEN": SECRET,
        "LIFECYCLE_SERVER": service.address,
    }
    said = subprocess.run(
        [sys.executable, "-c", ASK_ALL],
        input=json.dumps([arguments for arguments, *_ in ASKED]),
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return {asked[0]: answer for asked, answer in zip(ASKED, json.loads(said.stdout), strict=True)}


@pytest.mark.parametrize(
    ("arguments", "code", "printed"),
    ASKED,
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_the_client_alone_asks_a_service(answers, arguments, code, printed):
    returned, output, errors = answers[arguments]

    assert (returned, printed in output) == (code, True), errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("worker",),
        ("db", "upgrade"),
        ("settings",),
        ("token", "list"),
        ("status", "clairdash", "3.10.0"),
        ("import", "releases", "release.yaml", "--product", "clairdash"),
    ],
    ids=" ".join,
)
def test_a_command_that_needs_the_service_names_what_to_install(run, arguments):
    refused = run(*arguments)

    assert refused.returncode == 2
    assert re.search(
        r"needs the service's packages, and '\w+' is not installed.*lifecycle-tracker\[server\]",
        refused.stderr,
    )


HELP_OF_ALL = """
import click
from lifecycle.cli import commands, run


def walk(group, path):
    for name in group.list_commands(None):
        yield (*path, name)
        command = group.get_command(None, name)
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))


asked = list(walk(commands, ()))
refused = [path for path in asked if run([*path, "--help"]) != 0]
print(f"{len(asked)} asked, refused: {refused}")
"""


def test_the_help_of_every_command_is_read_without_the_services_packages(folder):
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder)}
    environ["LIFECYCLE_SERVER"] = "http://127.0.0.1:9"

    answer = subprocess.run(
        [sys.executable, "-c", HELP_OF_ALL],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    asked, _, refused = answer.stdout.splitlines()[-1].partition(" asked, refused: ")
    assert (int(asked) > len(COMMANDS), refused) == (True, "[]"), answer.stderr
    assert "--scope" in answer.stdout


BY_NAME = """for argument; do shift; set -- "$@" "${argument%% @ git+https://git.example/*}"; done
"""


@pytest.fixture
def programs(folder, tmp_path):
    """A folder of programs: the client's command without the service's packages, and pip.

    What the manual installs from a repository, pip finds installed by its name: no test fetches.
    """
    command = "-c 'from lifecycle.cli import main; main()'"
    called = {"lifecycle": command, "pip": "-m pip --quiet --disable-pip-version-check"}
    for name, arguments in called.items():
        program = tmp_path / name
        hidden = f"PYTHONPATH={shlex.quote(str(folder))}" if name == "lifecycle" else ""
        program.write_text(f'#!/bin/sh\n{BY_NAME}{hidden} exec {sys.executable} {arguments} "$@"\n')
        program.chmod(0o755)
    return tmp_path


def steps(document):
    """Yield the script and the environment of each step, wherever a pipeline has it."""
    if isinstance(document, dict):
        if "run" in document:
            yield document["run"], document.get("env", {})
        elif "script" in document:
            yield "\n".join(document["script"]), {}
        elif "entry" in document:
            yield f"{document['entry']} release.yaml", {}
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from steps(part)


def pipelines():
    for page in ("gate", "check"):
        for number, block in enumerate(blocks(MANUAL / f"{page}.md")):
            if block.language == "yaml" and (found := list(steps(yaml.safe_load(block.text)))):
                yield pytest.param(found, id=f"{page} {number}")


@pytest.mark.parametrize("found", list(pipelines()))
def test_the_pipelines_of_the_manual_run_as_they_stand(folder, service, programs, found):
    values = {"inputs.manifest": "release.yaml", "inputs.server": service.address}
    values |= {"inputs.token": SECRET, "secrets.LIFECYCLE_TOKEN": SECRET}

    for script, stated in found:
        environ = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PIP_NO_INDEX": "1",
            "GITHUB_STEP_SUMMARY": str(programs / "summary.md"),
            "LIFECYCLE_TOKEN": SECRET,
        }
        for name, value in stated.items():
            environ[name] = re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda match: values[match[1]], value)
        environ["LIFECYCLE_SERVER"] = service.address
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        if "GITHUB_STEP_SUMMARY" in script:
            assert "clairdash 3.11.0" in (programs / "summary.md").read_text("utf-8")
