import re

import pytest

from lifecycle.check.tier_choices import PATTERN, read_tiers
from lifecycle.errors import BadRequest


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([""], "'' is not a tier; use TIER, or PRODUCT=TIER."),
        (["base="], "'base=' is not a tier; use TIER, or PRODUCT=TIER."),
        (["=pro"], "'=pro' is not a tier; use TIER, or PRODUCT=TIER."),
        (["My Base=pro"], "'My Base' is not a product's slug; use 1 to 100 lower-case letters"),
        (["a=b=pro"], "'a=b' is not a product's slug"),
        (
            ["pro", "gold"],
            "The tiers 'pro' and 'gold' are both given for every product; use PRODUCT=TIER",
        ),
        (
            ["base=pro", "base=gold"],
            "The tiers 'pro' and 'gold' are both given for base; give base one of them.",
        ),
        (["pro", "pro"], "The tier 'pro' is given twice for every product; give it once."),
    ],
)
def test_what_names_no_tier_or_two_for_one_is_refused_with_the_way_out(texts, sentence):
    with pytest.raises(BadRequest) as refused:
        read_tiers(texts)

    (problem,) = refused.value.problems
    assert refused.value.detail.startswith(sentence)
    assert (problem.field, problem.value) == ("tier", texts[-1])


@pytest.mark.parametrize("text", ["pro", "base=pro", "", "base=", "=pro", "My Base=pro", "a=b=pro"])
def test_the_pattern_describes_what_is_read(text):
    try:
        read_tiers([text])
        is_read = True
    except BadRequest:
        is_read = False

    assert bool(re.search(PATTERN, text)) == is_read
