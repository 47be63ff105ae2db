"""Every command, request and document in the README and the manual works as it is written."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx
import pytest
import yaml
from standardwebhooks import Webhook

from lifecycle.cli import commands, run
from testkit.manual_pages import MANUAL, PAGES, ROOT, blocks, code, table
from testkit.server_processes import SECRET, Server

ENDOFLIFE = "---\ntitle: Node.js\nreleases: [{releaseCycle: '22', eol: 2027-04-30}]\n---\n"
LOCAL = {"README", "start", "importing", "operating"}
"""The pages that begin with a store of one's own, not with a running service."""
ADDRESS = "http://127.0.0.1:8000"
TOKEN = "lct_the-token-that-serve-printed"
WRITTEN = date(2026, 11, 29)
"""The day that is today in the examples."""
ENDLESS = {"serve", "worker", "demo-receiver"}
MAY_SAY_NO = {"gate", "check"}
PROVEN = (
    *("# release.yaml", "# runs.yaml", "# ignore.yaml", "# policy-test.yaml"),
    *("# deprecation.yaml", "# releases.yaml", "# features.yaml", "# accounts.yaml"),
)
"""The first lines of documents that the commands of their page read."""
LANGUAGES = {"sh", "yaml", "json", "csv", "python", ""}
OPENAPI = """
openapi: 3.1.0
info: {title: widget, version: "1"}
paths:
  /users/{id}: {get: {responses: {"200": {description: a user}}}}
"""
SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [
        {"type": "library", "name": "server", "purl": "pkg:npm/%40clairdash/server@3.35.2"}
    ],
}
IDENTITY = ["-c", "user.name=n", "-c", "user.email=n@example.com"]
EXAMPLES = [pytest.param(path, id=path.stem) for path in PAGES]


def files():
    """Give the files that the pages show or speak of, by their names."""
    shown = {block.file: block.text for path in PAGES for block in blocks(path) if block.file}
    more = "  /teams: {get: {responses: {}}}\n"
    return shown | {
        "old.yaml": OPENAPI + more, "new.yaml": OPENAPI, "sbom.json": json.dumps(SBOM),
        "nodejs.md": ENDOFLIFE,
    }  # fmt: skip


def moved(text):
    """Move a text's days with today, as the demo's do, so that what lies ahead stays ahead."""
    passed = datetime.now(UTC).date() - WRITTEN
    return re.sub(
        r"\b\d{4}-\d{2}-\d{2}\b",
        lambda day: str(date.fromisoformat(day[0]) + passed),
        text,
    )


def lines(text):
    """Give a shell script's commands; one may go on behind a backslash, or within quotes."""
    begun = ""
    for line in text.replace("\\\n", "").splitlines():
        begun += line
        try:
            shlex.split(begun, comments=True)
        except ValueError:  # its quotation is not closed yet
            begun += "\n"
            continue
        if begun.strip():
            yield begun
        begun = ""
    assert not begun


@pytest.fixture(scope="module")
def demo(filled_demo, tmp_path_factory):
    """The demo vendor's service, and a product `widget` beside it."""
    folder = tmp_path_factory.mktemp("demo")
    url = filled_demo.copy(folder / "demo.sqlite3")
    command = ("serve", "--demo", "--port", "0", "--no-worker")
    with Server(url, folder, command=command, **filled_demo.environment) as server:
        server.ready()
        with server.client() as client:
            client.post("/v1/products", json={"slug": "widget"}).raise_for_status()
        yield server


class Shell:
    """Enough of a shell for the examples: words, variables, one redirection, `&&`."""

    def __init__(self, demo, folder, environment, capsys):
        self.demo, self.folder, self.environment, self.capsys = demo, folder, environment, capsys
        self.started, self.server = [], None
        self.last = {"ID": None, "ETAG": None}

    def run(self, line):
        for command in _commands_in(line):
            words = [self._meant(word) for word in command]
            if not words:
                continue
            target = words[words.index(">") + 1] if ">" in words else None
            output = self._carry_out(words[: words.index(">")] if target else words)
            self._remember(output)
            if target:
                (self.folder / target).write_text(output)

    def _meant(self, word):
        word = os.path.expandvars(moved(word))
        address = self.server.address if self.server else self.demo.address
        word = word.replace(ADDRESS, address).replace(TOKEN, SECRET)
        for name, value in self.last.items():
            if value:
                word = re.sub(rf"\b{name}\b", value, word)
        return word

    def _remember(self, output):
        ids = re.findall(
            r"^([0-9a-f]{8}(?:-[0-9a-f-]{27})?)\b|\"id\":\"([0-9a-f-]{36})\"", output, re.MULTILINE
        )
        etags = re.findall(r"^etag: \"(.+)\"", output, re.MULTILINE)
        self.last["ID"] = "".join(ids[-1]) if ids else self.last["ID"]
        self.last["ETAG"] = etags[-1] if etags else self.last["ETAG"]

    def _carry_out(self, words):
        program, *arguments = words
        if program == "export":
            self.environment.setenv(*arguments[0].split("=", 1))
            return ""
        if program == "unset":
            for name in arguments:
                self.environment.delenv(name)
            return ""
        return {"lifecycle": self._lifecycle, "curl": curl, "pip": pip, "pytest": pytest_}[program](
            *arguments
        )

    def _lifecycle(self, *arguments):
        if arguments[0] in ENDLESS:
            parse(arguments)
            if arguments == ("serve",):
                self._serve()
            return ""
        code = run(arguments)
        output, errors = self.capsys.readouterr()
        allowed = (0, 1) if arguments[0] in MAY_SAY_NO else (0,)
        assert code in allowed, f"lifecycle {shlex.join(arguments)}\n{output}{errors}"
        return output

    def _serve(self):
        url = os.environ["LIFECYCLE_DATABASE_URL"]
        self.server = Server(url, self.folder, command=("serve", "--port", "0", "--no-worker"))
        self.started.append(self.server)
        self.server.ready()


def _commands_in(line):
    words = shlex.split(line, comments=True)
    while "&&" in words:
        yield words[: words.index("&&")]
        words = words[words.index("&&") + 1 :]
    yield words


def curl(*arguments):
    """Do what curl does with the few options that the examples have."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("--data-binary", dest="file")
    parser.add_argument("url")
    asked = parser.parse_args(arguments)
    body = Path(asked.file.removeprefix("@")).read_bytes() if asked.file else asked.data
    answer = httpx.request(
        asked.method or ("GET" if body is None else "POST"),
        asked.url,
        headers=[tuple(header.split(": ", 1)) for header in asked.headers],
        content=body,
        timeout=60,
    )
    assert answer.is_success, f"{asked.url}\n{answer.text}"
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    return (headers if asked.i else "") + answer.text


def pip(*arguments):
    """Look whether what is installed is this project, with extras that it has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    *options, what = arguments
    assert options in (["install"], ["install", "-e"])
    requirement, _, _address = what.partition(" @ ")
    name, _, extras = requirement.partition("[")
    assert name in {".", project["name"]}
    known = project["optional-dependencies"]
    assert all(extra in known for extra in extras.rstrip("]").split(",") if extra)
    return ""


def pytest_(*arguments):
    """The tests are running already."""
    assert all(name.startswith("-") or (ROOT / name).exists() for name in arguments)
    return ""


def parse(arguments):
    """Parse a command line without carrying it out; a mistake in it is click's exception."""
    command, rest = _command(arguments)
    command.make_context("lifecycle", rest)


def _command(words):
    """Give the command that some words name, and the words after its name."""
    command, rest = commands, list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        _, command, rest = command.resolve_command(click.Context(command), rest)
    return command, rest


@pytest.fixture
def shell(demo, tmp_path, monkeypatch, capsys):
    for name in [name for name in os.environ if name.startswith("LIFECYCLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{tmp_path}/lifecycle.sqlite3")
    monkeypatch.chdir(tmp_path)
    for name, text in files().items():
        (tmp_path / name).write_text(moved(text))
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", *IDENTITY, "commit", "--quiet", "--allow-empty", "-m", "-"], check=True)
    subprocess.run(["git", "tag", "v3.40.0"], check=True)
    made = Shell(demo, tmp_path, monkeypatch, capsys)
    yield made
    for server in made.started:
        server.kill()


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_command_in_a_block_works(shell, monkeypatch, path):
    if path.stem not in LOCAL:
        monkeypatch.setenv("LIFECYCLE_SERVER", shell.demo.address)
        monkeypatch.setenv("LIFECYCLE_TOKEN", SECRET)

    for block in blocks(path):
        assert block.language in LANGUAGES
        if block.language == "sh":
            for line in lines(block.text):
                shell.run(line)


def documents(language):
    """Give every block in a language, named by its page and place."""
    return [
        pytest.param(block, id=f"{path.stem} {number}")
        for path in PAGES
        for number, block in enumerate(blocks(path))
        if block.language == language
    ]


@pytest.mark.parametrize("block", documents("yaml"))
def test_every_yaml_document_is_what_it_seems(shell, block):
    document = yaml.safe_load(block.text)

    assert any(check(document, block.text, shell) for check in KINDS_OF_YAML)


def policy(document, text, shell):
    if "policy" not in document or "cases" in document:
        return False
    (shell.folder / "document.yaml").write_text(text)
    shell.run("lifecycle policy validate document.yaml")
    return True


def rules_of_a_policy(document, text, shell):
    if not isinstance(document, dict) or "rules" not in document.get("gate", {}):
        return False
    shell.run("lifecycle policy show clairdash > whole.yaml")
    (shell.folder / "document.yaml").write_text(
        (shell.folder / "whole.yaml").read_text("utf-8") + text
    )
    shell.run("lifecycle policy validate document.yaml")
    return True


def file_of_a_command(document, text, shell):
    """A file that the page's own commands read, and so prove."""
    return text.startswith(PROVEN)


def pipeline(document, text, shell):
    """Steps of a pipeline: each command in them has options that there are."""
    found = list(steps(document))
    for step in found:
        for line in lines(step):
            program, *arguments = shlex.split(line)
            assert program in {"pip", "lifecycle"}
            if program == "pip":
                pip(*arguments)
            else:
                check_options(arguments)
    return bool(found)


def use_of_an_action(document, text, shell):
    """A step that uses an action which another block of the manual is, with its inputs."""
    actions = [
        yaml.safe_load(block.values[0].text)
        for block in documents("yaml")
        if "using: composite" in block.values[0].text
    ]
    uses = [step["with"] for step in document if "uses" in step] if type(document) is list else []
    for given in uses:
        (action,) = actions
        assert given.keys() <= action["inputs"].keys()
        needed = {name for name, each in action["inputs"].items() if each.get("required")}
        assert needed <= given.keys()
    return bool(uses)


def steps(document):
    if isinstance(document, list):
        for each in document:
            yield from steps(each)
    if isinstance(document, dict):
        for key, value in document.items():
            if key in {"run", "entry"}:
                yield value
            elif key == "script":
                yield from value
            else:
                yield from steps(value)


def scrape_job(document, _text, shell):
    """Prometheus' own file: what it asks for is there, for a token of the scope that it needs."""
    if "scrape_configs" not in document:
        return False
    (job,) = document["scrape_configs"]
    answer = httpx.get(shell.demo.address + job["metrics_path"])
    is_safe = job["scheme"] == "https" and "authorization" in job
    return answer.status_code == 401 and is_safe


def alert_rules(document, _text, shell):
    """Prometheus' rules: each asks for a metric that is documented, by labels that it has."""
    if "groups" not in document:
        return False
    rows = table(MANUAL / "operating.md", "metric of `/metrics/lifecycle`")
    known = {row[0].strip("`"): set(row[1].split(", ")) for row in rows}
    for rule in document["groups"][0]["rules"]:
        (metric,) = re.findall(r"lifecycle_\w+", rule["expr"])
        named = re.findall(r'(\w+)="', rule["expr"])
        named += re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
        assert set(named) <= known[metric], rule["alert"]
    return True


KINDS_OF_YAML = (
    policy,
    rules_of_a_policy,
    file_of_a_command,
    pipeline,
    use_of_an_action,
    scrape_job,
    alert_rules,
)


@pytest.mark.parametrize("block", documents("json"))
def test_every_json_document_has_the_members_of_a_real_answer(demo, block):
    document = json.loads(block.text)
    if "packageRules" in document:  # Renovate's own, which leads to the files of v0
        (rule,) = document["packageRules"]
        assert [urlsplit(url).path for url in rule["registryUrls"]] == ["/api"]
        assert rule["matchPackageNames"], "or all products are looked up here"
        return
    question = "at=nope" if "error" in document else "tier=enterprise"

    path = f"/v1/products/clairdash/versions/3.35.2?{question}"
    if "oldest_due_seconds" in document:
        path = "/health/ready"
    answer = httpx.get(demo.address + path).json()

    assert list(document) == list(answer)


def test_the_client_in_the_manual_asks_a_service(demo, capsys):
    (block,) = [block for block in blocks(MANUAL / "api.md") if block.language == "python"]

    exec(block.text.replace(ADDRESS, demo.address), {})  # noqa: S102 -- the manual's own code

    status, *following = capsys.readouterr().out.splitlines()
    verdict = following.index("fail")
    assert status.startswith("supported ")
    assert "3.39 supported" in following[:verdict]
    assert following[verdict + 1 :]


def test_the_receiver_in_the_manual_verifies_a_signature(capsys):
    (block,) = [block for block in blocks(MANUAL / "notices.md") if block.language == "python"]
    secret = "whsec_" + "c2VjcmV0" * 4
    now = datetime.now(UTC)
    notice = {"type": "deprecation.announced", "data": {"summary": "s", "days_left": 5}}
    trial = {"type": "test", "data": {"account": "a", "subscription": "b", "summary": "works"}}
    names = {}

    exec(block.text.replace("whsec_…", secret), names)  # noqa: S102 -- the manual's own code
    for uid, message in (("one", notice), ("one", notice), ("two", trial)):
        body = json.dumps(message)
        headers = {
            "webhook-id": uid,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(uid, now, body),
        }
        names["receive"](body.encode(), headers)

    assert capsys.readouterr().out == "deprecation.announced s 5\nworks\n"


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_command_in_the_text_has_its_options(path):
    for text in code(path):
        if text.startswith("lifecycle "):
            check_options(shlex.split(text)[1:])


def check_options(words):
    """Look whether a command line's command and options are there; values may be placeholders."""
    command, rest = _command(words)
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert given <= known | {"--help"}, words


def test_the_synopsis_has_every_command_and_only_their_options():
    (synopsis,) = [block for block in blocks(MANUAL / "commands.md") if not block.language]
    listed = set()
    for line in re.sub(r"\n +", " ", synopsis.text).splitlines():
        _, name, *rest = line.split()
        group, _ = _command([name])
        below = rest[0].split("|") if isinstance(group, click.Group) else [""]
        for words in ([name, other] if other else [name] for other in below):
            listed.add(" ".join(words))
            check_options([*words, *re.findall(r"--[a-z-]+", line)])

    assert listed == set(every_command())


def every_command():
    for name in commands.list_commands(click.Context(commands)):
        command, _ = _command([name])
        below = command.commands if isinstance(command, click.Group) else [None]
        yield from (f"{name} {other}" if other else name for other in below)
