"""A newcomer's path in Debian's Chromium: from an empty store to an announced deprecation."""

import pytest

from testkit.browsers import CHROMIUM, NEEDED, tab
from testkit.page_inspections import axe_violations, too_wide
from testkit.server_processes import HEADERS, Server
from testkit.signed_in import sign_in_by_page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason=NEEDED),
]
RELEASES = b"version,day\n1.3.0,2026-02-03\n1.4.0,2026-06-16\n1.4.2,2026-07-01\n"
CUSTOMERS = (
    "account,name,tier,addresses,instances\n"
    "acme,Acme Corporation,community,email:ops@acme.example,production=widget@1.4.2\n"
)


@pytest.fixture
def newcomer(request, tmp_path, database):
    """Serve an empty store."""
    url = f"sqlite:///{tmp_path}/empty.sqlite3"
    if database == "postgresql":
        url = request.getfixturevalue("empty_postgresql_url")
    with Server(url, tmp_path) as server:
        yield f"http://127.0.0.1:{server.ready().port}"


class Newcomer:
    """Somebody who is signed in to an empty store, and looks at every page on the way."""

    def __init__(self, opened, *, scripts):
        self.opened, self.page, self.scripts = opened, opened.page, scripts
        self.faults = []

    async def look(self):
        """Note what axe-core finds, which needs scripts, and what is wider than the screen."""
        self.faults += await axe_violations(self.page) if self.scripts else ()
        self.faults += await too_wide(self.page)

    async def begin(self):
        """Take the first step of the first page."""
        await self.opened.visit("/console")
        await self.page.get_by_role("link", name="Begin here").click()
        await self.look()

    async def go_on(self, step):
        """Take the step to which the page leads that says what was done."""
        await self.page.get_by_role("status").get_by_role("link", name=step).click()
        await self.look()

    async def press(self, button, outcome):
        """Press a button, and wait for what the next page says."""
        await self.page.get_by_role("button", name=button).click()
        await self.page.get_by_text(outcome).first.wait_for()
        await self.look()

    async def add_product(self):
        await self.begin()
        await self.page.get_by_label("Short name", exact=True).fill("widget")
        await self.page.get_by_label("Name", exact=True).fill("Widget")
        await self.page.get_by_label("Identifiers").fill("pkg:npm/widget")
        await self.press("Add the product", "The product is added.")

    async def enter_releases(self):
        await self.go_on("Enter its releases")
        file = {"name": "releases.csv", "mimeType": "text/csv", "buffer": RELEASES}
        await self.page.get_by_label("Or a file").set_input_files(file)
        await self.press("Show what would change", "New releases (3)")
        await self.press("Enter them", "The releases are entered.")

    async def put_policy(self):
        await self.go_on("Put its policy in force")
        await self.page.get_by_role("link", name="kubernetes").click()
        document = self.page.get_by_label("Policy document")
        text = await document.input_value()
        await document.fill(text.replace("rank: 0", "rank: none"))
        await self.press("Check it", "nothing was entered")
        mistake = self.page.get_by_role("listitem").filter(has_text="tiers.community.rank")
        await mistake.get_by_role("link", name="Line").first.click()
        assert "#line-" in self.page.url
        await document.fill(text)
        await self.press("Check it", "It is the first policy of Widget")
        await self.press("Put it in force", "The policy is entered.")
        await self.page.get_by_text("The community tier covers").first.wait_for()

    async def add_customers(self):
        await self.go_on("Add your customers")
        await self.page.get_by_label("Customer list").fill(CUSTOMERS)
        await self.press("Show what would change", "New accounts (1)")
        await self.press("Import it", "The list is imported.")

    async def look_at_customer(self):
        await self.opened.visit("/console/accounts/acme")
        await self.page.get_by_role("link", name="Report what it runs").click()
        await self.page.get_by_role("heading", name="By hand").wait_for()

    async def announce(self):
        await self.page.get_by_role("radio", name="The whole product").check()
        await self.page.get_by_label("Kind of change").select_option("discontinuation")
        await self.page.get_by_label("Reason").fill("Gadget does all of it.")
        await self.press("Save and go on to announcing", "What will happen")
        await self.press("Announce", "notified")


@pytest.mark.parametrize(
    ("scripts", "width", "database"),
    [(True, 390, "sqlite"), (False, 1440, "postgresql")],
    ids=["scripts", "no-scripts"],
)
async def test_a_newcomer_fills_an_empty_store_by_pages_alone(browser, newcomer, scripts, width):
    async with tab(browser, newcomer, scripts=scripts, width=width) as opened:
        await sign_in_by_page(opened, HEADERS, to="/console")
        person = Newcomer(opened, scripts=scripts)
        await person.add_product()
        await person.enter_releases()
        await person.put_policy()
        await person.add_customers()
        await person.go_on("Draft the first deprecation")
        await person.announce()
        await person.look_at_customer()

        await opened.visit("/console")
        await opened.page.get_by_role("heading", name="What needs attention").wait_for()
        assert await opened.page.get_by_role("heading", name="First steps").count() == 0
    assert person.faults == []
    assert opened.complaints == []
