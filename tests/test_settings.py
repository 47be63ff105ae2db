import pytest

from lifecycle import settings
from lifecycle.errors import BadRequest


def test_without_an_environment_everything_has_a_usual_value():
    chosen = settings.load({})

    assert (chosen.host, chosen.port, chosen.public_reads) == ("127.0.0.1", 8000, True)
    assert chosen.database_url.startswith("sqlite:///")
    assert {source for _, _, source in chosen.describe()} == {"default"}


def test_the_command_line_goes_before_the_environment():
    chosen = settings.load({"LIFECYCLE_PORT": "9000"}, port=9001, host=None)

    rows = {name: (value, source) for name, value, source in chosen.describe()}
    assert rows["LIFECYCLE_PORT"] == ("9001", "command line")
    assert rows["LIFECYCLE_HOST"] == ("127.0.0.1", "default")


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("yes", True), ("OFF", False), ("0", False)]
)
def test_a_switch_is_said_in_any_usual_word(text, value):
    assert settings.load({"LIFECYCLE_PUBLIC_READS": text}).public_reads is value


def test_everything_set_wrongly_is_said_at_once():
    environment = {
        "LIFECYCLE_PORT": "http",
        "LIFECYCLE_PUBLIC_READS": "maybe",
        "LIFECYCLE_LOG_LEVEL": "loud",
        "LIFECYCLE_MAX_AGE_SECONDS": "-1",
    }

    with pytest.raises(BadRequest) as refused:
        settings.load(environment)

    assert {problem.field for problem in refused.value.problems} == set(environment)


def test_a_setting_is_read_by_its_former_name_too():
    now, before = {"LIFECYCLE_PEOPLE_SCOPES": "groups=a admin"}, {}
    before["LIFECYCLE_OIDC_SCOPES"] = now["LIFECYCLE_PEOPLE_SCOPES"]

    for environment in (now, before, now | before, now | {"LIFECYCLE_OIDC_SCOPES": ""}):
        chosen = settings.load(environment)
        row = ("LIFECYCLE_PEOPLE_SCOPES", "groups=a admin", "environment")
        assert row in chosen.describe()


def test_two_values_under_a_settings_two_names_are_refused():
    both = {"LIFECYCLE_PEOPLE_SCOPES": "groups=a admin", "LIFECYCLE_OIDC_SCOPES": "groups=b admin"}

    with pytest.raises(BadRequest, match="unset LIFECYCLE_OIDC_SCOPES") as refused:
        settings.load(both)

    assert [problem.field for problem in refused.value.problems] == ["LIFECYCLE_PEOPLE_SCOPES"]


def test_a_secret_is_never_shown():
    chosen = settings.load({"LIFECYCLE_ADMIN_TOKEN": "hunter2-and-hunter2"})

    assert "hunter2" not in str(chosen.describe())
    assert ("LIFECYCLE_ADMIN_TOKEN", "set", "environment") in chosen.describe()


def test_a_secret_may_stand_in_a_file(tmp_path):
    path = tmp_path / "token"
    path.write_text("hunter2-and-hunter2\n")

    chosen = settings.load({"LIFECYCLE_ADMIN_TOKEN_FILE": str(path)})

    assert chosen.admin_token == "hunter2-and-hunter2"


def test_a_secrets_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(BadRequest, match="LIFECYCLE_TOKEN_FILE names"):
        settings.load({"LIFECYCLE_TOKEN_FILE": str(tmp_path / "none")})


def test_a_password_in_an_address_is_not_shown():
    chosen = settings.load({"LIFECYCLE_DATABASE_URL": "postgresql://user:hunter2@host/name"})

    assert "hunter2" not in str(chosen.describe())
