"""Forms on the screen and in files, asked of a small command of the tests' own."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lifecycle.cli import inputs, report_output
from lifecycle.errors import Unavailable
from lifecycle.reports import Report, ReportedFinding
from testkit import unprivileged_python

FOUND = ReportedFinding("removal-unannounced", "error", "Gone: café.", fix="Keep it.", line=4)
ANSWER = {"verdict": "fail", "decided": True}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def asked(here):
    """Whether the command came as far as asking."""
    return []


@pytest.fixture
def command(asked):
    """Carry out a command that reports, or that finds nobody to ask."""

    @click.command()
    @click.option("--dead", is_flag=True)
    @report_output.report_options
    @click.pass_context
    def gate(context, dead, form, outputs):
        asked.append(True)
        with report_output.telling_failures("r.yaml", form, outputs, source="r.yaml"):
            if dead:
                raise Unavailable("It does not answer.")
        report = Report(
            title="t", verdict="fail", findings=(FOUND,), source="r.yaml", document=ANSWER
        )
        context.exit(report_output.tell(report, form, outputs))

    return lambda *arguments: CliRunner().invoke(gate, arguments)


def test_text_goes_to_the_screen_and_any_forms_into_files(command, here):
    result = command("--output", "json=gate.json", "--output", "github=gate.txt")

    assert result.exit_code == 1
    assert result.output.startswith("FAIL: t\n")
    assert json.loads((here / "gate.json").read_text("utf-8"))["exit"]["code"] == 1
    assert (here / "gate.txt").read_text("utf-8").startswith("::error file=r.yaml,line=4,")
    assert sorted(each.name for each in here.iterdir()) == ["gate.json", "gate.txt"]


def test_another_form_goes_to_the_screen_where_asked(command):
    assert json.loads(command("--format", "json").output)["verdict"] == "fail"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("junit", "is not FORMAT=PATH"),
        ("junit=", "is not FORMAT=PATH"),
        ("xml=gate.xml", "is not a known form"),
        ("junit=nowhere/gate.xml", "there is no directory nowhere"),
        ("junit=file/gate.xml", "there is no directory file"),
        ("junit=.", "it is a directory"),
        ("junit=-", "name a file, or /dev/stdout"),
        ("junit=" + "x" * 300, "cannot be written"),
        ("junit=a\0b", "cannot be written"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_asked(
    command, here, asked, output, sentence
):
    (here / "file").touch()

    result = command("--output", output)

    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())
    assert not asked


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names for open pipes")
def test_a_report_goes_into_a_pipe_where_one_is_named(command):
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe:
        command("--output", f"json=/dev/fd/{writing}")
        os.close(writing)

        assert json.load(pipe)["verdict"] == "fail"


@pytest.mark.skipif(sys.platform != "linux", reason="file modes bind the administrator on Linux")
def test_a_file_of_another_is_refused_before_anything_is_asked(here):
    (here / "gate.xml").touch(mode=0o400)
    asking = ["gate", "release.yaml", "--server", "http://127.0.0.1:9"]
    python = [sys.executable, "-c", unprivileged_python.RUN]
    run = "from lifecycle.cli import main; main()"

    done = subprocess.run(
        [*python, "-c", run, *asking, "--output", "junit=gate.xml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "may not write to" in done.stderr


def test_a_path_given_twice_is_refused_however_it_is_written(command, here, asked):
    (here / "link").symlink_to("gate")

    result = command("--output", "junit=gate", "--output", "sarif=./link")

    assert (result.exit_code, asked) == (2, [])
    assert "given twice" in result.output


def test_a_report_never_overwrites_what_it_is_about(command, here):
    (here / "r.yaml").write_text("product: clairdash")

    result = command("--output", "json=./r.yaml")

    assert result.exit_code == 2
    assert (here / "r.yaml").read_text() == "product: clairdash"


def test_an_unknown_form_is_refused(command, asked):
    result = command("--format", "xml")

    assert (result.exit_code, asked) == (2, [])


def test_where_nobody_answers_the_files_say_that_nothing_was_decided(command, here):
    result = command("--dead", "--format", "github", "--output", "junit=gate.xml")

    assert isinstance(result.exception, Unavailable)
    assert "<error message=" in (here / "gate.xml").read_text()
    assert result.output.startswith("::error file=r.yaml,title=Not decided%3A r.yaml::It does not")


def test_text_leaves_a_failure_to_the_error_stream(command):
    assert command("--dead").output == ""


def test_an_older_report_is_replaced_and_keeps_its_mode(here):
    path = here / "gate.json"
    path.write_text("old")
    path.chmod(0o640)

    report_output.write_file(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_one_and_its_file_is_written(here):
    (here / "link").symlink_to("there")

    report_output.write_file(here / "link", "text")

    assert (here / "link").is_symlink()
    assert (here / "there").read_text() == "text"


def test_a_device_is_written_to_and_not_replaced():
    report_output.write_file(Path(os.devnull), "text")

    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_report_cut_short_leaves_the_older_one_and_nothing_beside(python, here):
    (here / "gate.json").write_text("old")

    done = python(
        "import resource; from pathlib import Path; from lifecycle.cli import report_output\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "report_output.write_file(Path('gate.json'), 'new' * 100)"
    )

    assert "File too large" in done.stderr
    assert [each.name for each in here.iterdir()] == ["gate.json"]
    assert (here / "gate.json").read_text() == "old"


def test_a_source_is_named_from_the_folder_that_ci_works_in(here):
    assert inputs.source_of(str(here / "ci" / "r.yaml")) == "ci/r.yaml"
    assert inputs.source_of("./r.yaml") == "r.yaml"
    assert inputs.source_of("../r.yaml") == "../r.yaml"


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_whose_owner_wants_it(
    python, monkeypatch, terminal, variables, coloured
):
    for name, value in ({"NO_COLOR": "", "TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)

    done = python(
        "import sys; from lifecycle.cli import report_output; from lifecycle.reports import *\n"
        f"sys.stdout.isatty = lambda: {terminal}\n"
        "report_output.tell(Report(title='t', verdict='fail'), 'text', ())"
    )

    assert ("\x1b[31m" in done.stdout) is coloured, done.stderr


def test_a_terminal_of_few_letters_is_given_what_it_can_show(python, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    done = python(
        "from lifecycle.cli import report_output; from lifecycle.reports import *\n"
        "report_output.tell(Report(title='caf\\u00e9', verdict='fail'), 'text', ())"
    )

    assert done.stdout.startswith("FAIL: caf\\xe9\n"), done.stderr


def test_nothing_heavy_is_imported_for_a_report(python):
    done = python(
        "import sys; from lifecycle.cli import report_output; from lifecycle.reports import *\n"
        "report_output.tell(Report(title='t', verdict='fail'), 'text', ())\n"
        "heavy = {'litestar', 'sqlalchemy', 'pydantic', 'httpx', 'rich', 'junitparser'}\n"
        "own = {'sarif', 'junit', 'markdown', 'github', 'codequality', 'jsons'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "loaded |= {each for each in own if f'lifecycle.reports.{each}' in sys.modules}\n"
        "print(sorted(loaded), file=sys.stderr)"
    )

    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The manifest is empty; give at least \\`product: …\\` and \\`version: …\\`."),
        (
            "product: a\nproduct: a\n",
            "Line 2, column 1: the key 'product' is given twice; keep one.",
        ),
        (
            "prodct: a\nversion: 1\n",
            (
                "The manifest has 2 mistakes. prodct: is not a known field; known fields: product,"
                " version, day, removes, breaks, uncompared, stages, drops, line, stage; did you"
                " mean \\`product\\`? (line 1). product: is required (line 1)."
            ),
        ),
    ],
    ids=["empty", "a key twice", "two mistakes"],
)
def test_a_manifest_that_cannot_be_read_is_reported_in_whole_sentences_each_once(
    cli, tmp_path, text, said
):
    (tmp_path / "release.yaml").write_text(text)

    _, out, _ = cli("gate", tmp_path / "release.yaml", "--format", "markdown")

    assert out.partition("\n\n")[2].strip() == said


def test_a_list_that_cannot_be_read_is_named_once_and_a_question_ends_with_its_mark(cli, tmp_path):
    (tmp_path / "runs.yaml").write_text("- {prodct: a, version: 1}\n")

    _, _, err = cli("check", tmp_path / "runs.yaml")

    assert err.count("runs.yaml") == 1
    assert err.endswith("did you mean `product`?\n")
