"""What is measured inside a page: its width, its stops for the keyboard, what axe-core says."""

from __future__ import annotations

import asyncio

from axe_playwright_python.base import AXE_SCRIPT

from testkit.scales import WALK_SCALE

WIDTHS = (320, 390, 1440) if WALK_SCALE >= 1 else (320, 1440)
SCHEMES = ("light", "dark")
SEEN = SCHEMES if WALK_SCALE >= 1 else SCHEMES[:1]
"""In which colours the steps of a path are looked at."""
AXE_SECONDS = 60
RUN_AXE = "async (options) => (await axe.run(options)).violations"
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
MOST_STOPS = 400

TOO_WIDE = """() => {
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return [];
  const scrolls = (element) => element && (
    getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > limit + 1
      && !scrolls(element.parentElement === document.body ? null : element.parentElement))
    .map((element) => element.outerHTML.slice(0, 120))
    .concat(`the page is ${document.documentElement.scrollWidth} pixels wide`);
}"""

STOPS = """() => {
  const groups = new Set();
  const stops = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")]
    .filter((element) => !element.disabled && element.tabIndex >= 0 && element.checkVisibility(
      {visibilityProperty: true}))
    .filter((element, _, all) => {
      if (element.type !== "radio") return true;
      const chosen = all.some((other) => other.name === element.name && other.checked);
      return chosen ? element.checked : !groups.has(element.name) && groups.add(element.name);
    });
  window.stops = {wanted: stops, reached: [], faint: []};
  document.addEventListener("focusin", ({target}) => {
    const {outlineStyle, outlineWidth} = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    const shown = box.bottom > 0 && box.top < innerHeight && box.width * box.height > 0;
    window.stops.reached.push(target);
    if (!shown || outlineStyle === "none" || parseFloat(outlineWidth) < 2)
      window.stops.faint.push(target);
  });
  return stops.length;
}"""

UNREACHED = """() => {
  const describe = (element) => element.outerHTML.slice(0, 120);
  const {wanted, reached, faint} = window.stops;
  const order = [...new Set(reached)].filter((element) => wanted.includes(element));
  return {
    unreached: wanted.filter((element) => !reached.includes(element)).map(describe),
    faint: faint.map(describe),
    disordered: order.filter((element, at) => element !== wanted[at]).slice(0, 3).map(describe),
  };
}"""


async def page_faults(page, schemes=SCHEMES, *, by_keyboard=True):
    """Inspect a page in every way, for which it is loaded once; return what is wrong, by check.

    The keyboard comes first: some pages look again by themselves after a while, in place.
    """
    await page.emulate_media(color_scheme=schemes[0])
    found = {
        "keyboard": await keyboard_faults(page) if by_keyboard else {},
        "axe": await axe_violations(page, schemes),
        "width": await too_wide(page, schemes),
    }
    return {check: faults for check, faults in found.items() if faults}


async def too_wide(page, schemes=SEEN):
    """Return what makes a page wider than the screen, by width and colour scheme."""
    wide = {}
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme)
            if culprits := await page.evaluate(TOO_WIDE):
                wide[width, scheme] = culprits
    return wide


async def keyboard_faults(page):
    """Tab through a page; return what was not reached, not shown with its focus, or in disorder."""
    stops = await page.evaluate(STOPS)
    # The month, the day, the year and the calendar of a field for a day are stops of their own.
    stops += 3 * await page.locator("input[type=date]").count()
    for _ in range(min(stops + 5, MOST_STOPS)):
        await page.keyboard.down("Tab")  # and held, which moves on each time
    await page.keyboard.up("Tab")
    faults = await page.evaluate(UNREACHED)
    return {kind: elements for kind, elements in faults.items() if elements}


async def axe_violations(page, schemes=SEEN):
    """Return what axe-core finds wrong: all of it in one scheme, what depends on colours in others.

    Each run has a time limit.
    """
    violations = []
    await page.evaluate(AXE_SCRIPT)
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme)
        rules = {} if scheme == schemes[0] else {"runOnly": COLOUR_RULES}
        # No script runs in the frames of ours, the checker's no more than others'.
        options = {"resultTypes": ["violations"], "iframes": False, **rules}
        found = await asyncio.wait_for(page.evaluate(RUN_AXE, options), AXE_SECONDS)
        violations += [
            (scheme, violation["id"], node["html"][:160], node.get("failureSummary", "")[:300])
            for violation in found
            for node in violation["nodes"][:3]
        ]
    return violations
