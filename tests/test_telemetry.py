import json
import logging
import warnings

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from lifecycle.telemetry import Telemetry, configure_logs


@pytest.fixture(autouse=True)
def logs_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_own_lines_and_those_of_libraries_are_json_with_the_same_members(capsys):
    configure_logs("info", "json")

    structlog.get_logger().info("own", number=1)
    logging.getLogger("library").warning("theirs %s", 2)
    structlog.get_logger().debug("not shown")

    own, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (own["event"], own["level"], own["number"]) == ("own", "info", 1)
    assert (theirs["event"], theirs["level"]) == ("theirs 2", "warning")
    assert own["timestamp"].endswith("Z")


def test_an_error_is_one_line_with_its_traceback(capsys):
    configure_logs("info", "json")

    try:
        raise RuntimeError("broken")  # noqa: TRY301
    except RuntimeError:
        structlog.get_logger().exception("failed")

    (line,) = capsys.readouterr().err.splitlines()
    assert "RuntimeError: broken" in json.loads(line)["exception"]


def test_people_on_a_console_get_no_json(capsys):
    with warnings.catch_warnings():
        configure_logs("info", "console")

    structlog.get_logger().info("hello", number=1)

    printed = capsys.readouterr().err
    assert not printed.startswith("{")
    assert "hello" in printed


def test_metrics_are_counted_and_read_when_asked():
    telemetry = Telemetry()
    read = [3]
    telemetry.counter("things", "Things.", lambda: read[0])
    telemetry.gauge("level", "A level.", lambda: 7)
    for seconds in (0.0005, 0.02, 9.0):
        telemetry.requests.count("GET", "/v1/x", 200, seconds)

    families = text_string_to_metric_families(telemetry.render().decode())
    values = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in families
        for sample in family.samples
    }

    assert values["things_total", None] == 3
    assert values["level", None] == 7
    assert values["lifecycle_requests_total", None] == 3
    assert values["lifecycle_request_seconds_bucket", "0.001"] == 1
    assert values["lifecycle_request_seconds_bucket", "+Inf"] == 3
    assert values["lifecycle_request_seconds_sum", None] == pytest.approx(9.0205)


def test_two_applications_in_one_process_count_apart():
    first, second = Telemetry(), Telemetry()

    first.requests.count("GET", "/v1/x", 200, 0.1)

    assert b"/v1/x" not in second.render()
