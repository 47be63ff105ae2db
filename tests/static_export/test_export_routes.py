"""Every public read is exported, or left out for a reason."""

import pytest

from lifecycle import settings
from lifecycle.app import create_app
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.consistency import NAMES_OF_LISTS, product_problems
from lifecycle.database import open_store
from lifecycle.static_export.public_routes import EXCEPTED, EXPORTED, exception_of

EVERYBODY = {"public", "anyone"}


@pytest.fixture(scope="module")
def public_reads(tmp_path_factory):
    """The paths of all routes that anybody may read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('routes')}/lifecycle.sqlite3"
    app = create_app(settings.load({"LIFECYCLE_SECRET_KEY": "k" * 32}), open_store(url))
    return {
        route.path
        for route in app.litestar.routes
        for handler in getattr(route, "route_handlers", ())
        if "GET" in handler.http_methods and handler.opt.get("scope") in EVERYBODY
    }


def test_every_public_read_is_exported_or_excepted_with_a_reason(public_reads):
    exported = {path for paths in EXPORTED.values() for path in paths}

    assert len(public_reads) > 80
    assert {path for path in public_reads - exported if not exception_of(path)} == set()


def test_what_is_named_here_is_a_public_read_and_named_once(public_reads):
    paths = [path for paths in EXPORTED.values() for path in paths]

    assert set(paths) | EXCEPTED.keys() <= public_reads
    assert len(paths) == len(set(paths))
    assert not [path for path in paths if exception_of(path)]


def test_no_product_has_a_name_that_stands_for_a_list_in_its_place():
    by_product = {"/api/{product_file:str}": ".json", "/api/v1/products/{product:str}": ""}
    taken = {
        path.rpartition("/")[2].removesuffix(ending)
        for path in EXPORTED[""]
        for place, ending in by_product.items()
        if path.rpartition("/")[0] == place.rpartition("/")[0] and path.endswith(ending)
    }

    assert taken == NAMES_OF_LISTS.keys() == {"all", "full"}
    for name in taken:
        for facts in (ProductIn(slug=name), ProductIn(slug="widget", aliases=(name,))):
            assert "the list of all products" in str(next(product_problems(facts)))
