"""Customers and what they run by command: here, and on a service."""


def test_an_account_is_added_renamed_and_given_another_tier(lifecycle):
    lifecycle("account add hooli --tier pro")
    renamed = lifecycle("account put hooli --name", "Hooli Inc.", "--format", "json")
    moved = lifecycle("account tier hooli enterprise")
    shown = lifecycle("account show hooli --format json")

    assert (renamed["name"], renamed["tier"]) == ("Hooli Inc.", "pro")
    assert "hooli has enterprise from today." in moved
    assert (shown["name"], shown["tier"]) == ("Hooli Inc.", "enterprise")
    listed = lifecycle("account list --format json")
    assert [account["slug"] for account in listed] == ["acme", "hooli"]


def test_an_account_that_is_not_there_has_no_tier_to_change(lifecycle):
    assert "No account is called 'hooli'" in lifecycle("account tier hooli pro", code=2)
    assert "give --tier" in lifecycle("account put hooli --name Hooli", code=2)


def test_a_tier_that_no_policy_has_is_refused(lifecycle):
    assert "not a tier of any policy" in lifecycle("account tier acme enterprize", code=2)


def test_an_instance_is_reported_moved_and_forgotten(lifecycle):
    run = "instance put acme staging --product clairdash --version 3.1.0 --environment test"
    lifecycle(run)
    moved = lifecycle("instance put acme staging --version 3.2.0 --feature rest-v1 --format json")
    listed = lifecycle("instance list acme")
    forgotten = lifecycle("instance remove acme staging")

    assert (moved["product"], moved["version"], moved["environment"]) == (
        "clairdash",
        "3.2.0",
        "test",
    )
    assert moved["features"] == ["rest-v1"]
    assert "staging  clairdash  3.2.0" in listed
    assert "staging of acme is forgotten." in forgotten
    assert "staging" not in lifecycle("instance list acme")


def test_a_new_instance_needs_a_product_and_a_version(lifecycle):
    refused = lifecycle("instance put acme staging --product clairdash", code=2)

    assert "acme has no instance 'staging' yet; give --version." in refused


def test_people_read_what_is_known_of_an_instance(lifecycle):
    assert "features     rest-v1" in lifecycle("instance show acme prod")


def test_a_feature_that_the_product_lacks_is_pointed_out(lifecycle):
    known = lifecycle("instance put acme prod --feature rest-v1")
    mistyped = lifecycle("instance put acme prod --feature rest-v1 --feature rest_v1")

    assert "has no feature" not in known
    assert "clairdash has no feature 'rest_v1': correct the key" in mistyped
