import pytest

from lifecycle.policy.tier_labels import name_tiers, tier_label


@pytest.mark.parametrize(
    ("tier", "label"),
    [
        ("community", "Community"),
        ("pro", "Pro"),
        ("oss", "OSS"),
        ("esu", "ESU"),
        ("lts-plus", "LTS-plus"),
        ("premium lts", "Premium LTS"),
        ("alts", "Alts"),
        ("eBusiness", "EBusiness"),
        ("ELTS", "ELTS"),
        ("", ""),
    ],
)
def test_a_tier_is_called_as_its_policy_writes_it_with_abbreviations_in_capitals(tier, label):
    assert tier_label(tier) == label


def test_several_tiers_are_named_in_a_sentence():
    assert name_tiers(["community", "pro", "lts"]) == "Community, Pro and LTS"
