"""The pages of the check's rules: what each looks for, why, and what mends it."""

from __future__ import annotations

import msgspec


class RulePage(msgspec.Struct, frozen=True):
    """What is written about a rule of the check."""

    id: str
    what: str
    why: str
    fix: str


PAGES = (
    RulePage(
        "unsupported",
        "A version that is run is not covered by its tier's support.",
        "It no longer gets fixes, not even for security; where its vendor withdrew it, the reason"
        " says so.",
        "Upgrade to the version named, or agree on longer support with the vendor.",
    ),
    RulePage(
        "ending",
        "Support for a version that is run ends on a known day, which is near.",
        "After that day it gets no fixes, and an upgrade takes time.",
        "Upgrade before that day to the version named.",
    ),
    RulePage(
        "ending-projected",
        "Support for a version that is run will probably end soon.",
        "It ends when newer versions come out. Their days are not known, only estimated from the"
        " days of earlier ones, so this warns and never fails.",
        "Plan the upgrade to the version named.",
    ),
    RulePage(
        "deprecated-in-use",
        "The removal or change of something that is run has been announced.",
        "What is announced takes effect on its day, and what still relies on it then breaks.",
        "Move to the replacement, or away from the feature, before that day.",
    ),
    RulePage(
        "undecided",
        "It could not be determined whether something that is run is supported.",
        "An unknown answer must not pass for a yes.",
        "Correct the product, version or tier, or ask the vendor to register it; where no policy"
        " is in force, put one in force.",
    ),
    RulePage(
        "expected-missing",
        "A product that was expected is not among what was checked.",
        "A package URL that has changed, or a list cut short, would pass for a product that is no"
        " longer run. Expected are the products that --expect names and those that the account has"
        " reported.",
        "Correct the list or SBOM, or have the package URL added to the product's identifiers.",
    ),
    RulePage(
        "nothing-matched",
        "Nothing that was checked matches a product that the service knows.",
        "A check that recognised nothing has checked nothing.",
        "Correct the package URLs, or use --allow-no-match where nothing is meant to match.",
    ),
    RulePage(
        "nearly-known",
        "The name of something unrecognised is close to that of a known product.",
        "It may be that product under another spelling, and then it is not checked.",
        "Correct the package URL, have it added to the product's identifiers, or ignore it.",
    ),
    RulePage(
        "unreadable",
        "A component could not be read in full, and resembles no known product.",
        "It is not known what it is; one that may be a known product is undecided instead.",
        "Have the tool that writes the list or SBOM correct it.",
    ),
    RulePage(
        "no-promise",
        "Nothing is promised for a version that is run.",
        "Best effort and prereleases come without obligation: they are neither supported nor"
        " unsupported.",
        "Nothing needs to be done; a higher tier or a stable version comes with a promise.",
    ),
    RulePage(
        "ignore-expired",
        "An entry of the ignore file has expired, so what it ignored counts again.",
        "Ignoring a finding is a decision for a limited time; without an end it would hide a risk.",
        "Fix what was ignored, or decide again and set a later day in until.",
    ),
    RulePage(
        "ignore-unused",
        "An entry of the ignore file matches nothing that was found.",
        "It is obsolete or misspelt, and would hide the next thing that it happens to match.",
        "Remove the entry, or correct it.",
    ),
)


def pages() -> dict[str, RulePage]:
    """Return the rules' pages by their ids."""
    return {page.id: page for page in PAGES}
