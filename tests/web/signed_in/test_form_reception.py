import pytest

from lifecycle.errors import BadRequest, Conflict, NotFound, Problem
from lifecycle.web.form_reception import read_form
from lifecycle.web.page_forms import Form
from testkit.page_addresses import BROWSER
from testkit.signed_in import FROM_HERE, form_key, sign_in

pytestmark = pytest.mark.one_database("what HTTP makes of it")

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="next"%b\r\n\r\n%b\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"token=%ff", URLENCODED),
        (b"token=\xff", URLENCODED),
        (b"a=1&" * 2001, URLENCODED),
        (b"{}", {"Content-Type": "application/json"}),
        (b"token=a", {"Content-Type": ""}),
        (b"nothing of the kind", BOUNDARY),
        (b"--x\r\n\r\nno headers\r\n--x--", BOUNDARY),
        (PART % (b"", b"\xff"), BOUNDARY),
        ((PART % (b"", b"cut off"))[:-9], BOUNDARY),
        (PART % (b"\r\nContent-Type: text/plain; charset=nope", b"a"), BOUNDARY),
        (b"token=a", {"Content-Type": "multipart/form-data"}),
    ],
)
async def test_what_is_not_a_form_is_refused(client, body, headers):
    refused = await client.post("/sign-in", content=body, headers=FROM_HERE | headers)

    assert refused.status_code == 400, refused.text
    assert "UnreadableForm" not in refused.text
    assert "The form cannot be read" in refused.text


async def test_a_form_with_files_is_read(client, make_token):
    publish = await make_token("publish")
    files = {"policy": ("policy.yaml", b"policy: x", "text/yaml"), "none": ("", b"", "text/plain")}
    fields = {"token": publish["Authorization"][7:], "next": "/products"}

    led = await client.post("/sign-in", data=fields, files=files, headers=FROM_HERE)

    assert led.status_code == 303
    assert led.headers["location"] == "/products"


async def test_what_was_typed_beside_a_file_is_shown_on_a_refusal(client, make_token):
    await sign_in(client, await make_token("publish"))
    fields = {"form_key": "of another page", "list": "account,name\nacme,Acme"}
    files = {"list_file": ("", b"", "application/octet-stream")}

    refused = await client.post(
        "/console/account-import", data=fields, files=files, headers=FROM_HERE
    )

    assert refused.status_code == 403
    assert "acme,Acme" in refused.text


async def test_what_was_typed_is_shown_where_the_session_has_ended_meanwhile(
    client, make_token, clock
):
    await sign_in(client, await make_token("publish"))
    key = await form_key(client)
    clock.advance(hours=12)
    fields = {"form_key": key, "reason": "It took <an hour> to write."}

    refused = await client.post("/sessions/1/end", data=fields, headers=FROM_HERE)

    assert refused.status_code == 401
    assert "It took &lt;an hour&gt; to write." in refused.text
    assert key not in refused.text
    assert 'href="/sign-in"' in refused.text


async def test_a_form_may_be_sent_by_a_token_without_a_key(client, make_token):
    publish = await make_token("publish")
    await sign_in(client, publish)
    client.cookies.clear()

    ended = await client.post("/sessions/1/end", headers=BROWSER | publish)

    assert ended.status_code == 303


def test_a_refusal_is_shown_by_its_fields():
    form = read_form(b"slug=Acme&tiers=pro&tiers=free&effective=soon")
    problems = [
        Problem("slug", "is not valid", allowed="lower case"),
        Problem("effective_on", "is not a date"),
        Problem("name", "is required"),
    ]

    again = form.refused(Conflict("No.", problems=problems), {"effective_on": "effective"})

    assert again.status == 409
    assert (again.value("slug"), again.values("tiers")) == ("Acme", ["pro", "free"])
    assert [(problem.field, problem.id) for problem in again.problems] == [
        ("slug", "field-slug"),
        ("effective", "field-effective"),
        ("name", ""),
    ]
    assert again.problem("slug") == "is not valid; use lower case"
    assert again.problem("tiers") is None


def test_a_refusal_without_problems_is_shown_by_its_detail():
    (problem,) = Form.filled().refused(Conflict("It is announced already.")).problems

    assert str(problem) == "It is announced already."


def test_a_refusal_that_no_other_text_could_change_is_passed_on():
    with pytest.raises(NotFound):
        Form.filled().refused(NotFound())


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda form: form.text("control"), "control character U\\+0007"),
        (lambda form: form.texts("control"), "control character U\\+0007"),
        (lambda form: form.day("word"), "not a valid date"),
        (
            lambda form: form.number("word"),
            "must be a whole number from 0 to 9,007,199,254,740,992",
        ),
        (
            lambda form: form.number("large"),
            "must be a whole number from 0 to 9,007,199,254,740,992",
        ),
    ],
)
def test_a_field_that_cannot_be_read_is_refused_by_its_name(read, message):
    form = Form.filled(control="a\x07", word="x", large="9" * 40)

    with pytest.raises(BadRequest, match=message) as refused:
        read(form)

    assert form.refused(refused.value).problems[0].id
