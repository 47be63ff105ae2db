import pytest

from lifecycle.accounts import tokens
from lifecycle.catalogue import products, queries
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.deprecations import product_names
from lifecycle.errors import Conflict, NotFound


async def test_a_product_is_not_renamed_to_one_that_exists(store, by):
    async with store.writing() as session:
        for slug in ("ant", "apache-ant"):
            await products.put(session, ProductIn(slug=slug), by=by)

    with pytest.raises(Conflict, match="already exists"):
        async with store.writing() as session:
            product = await queries.get_product(session, "apache-ant")
            await product_names.rename(session, product, "ant", by=by)


async def test_a_renamed_product_points_from_its_former_name(store, by):
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="x", aliases=("y",)), by=by)
        await product_names.rename(session, product, "y", by=by)

    async with store.reading() as session:
        renamed = await queries.get_product(session, "y")
        assert (renamed.aliases, renamed.revision) == (["x"], 2)
        with pytest.raises(NotFound, match="Did you mean 'y'"):
            await queries.get_product(session, "x")


async def test_a_product_is_not_renamed_to_an_alias_of_another_one(store, by):
    async with store.writing() as session:
        await products.put(session, ProductIn(slug="x", aliases=("y",)), by=by)
        product, _ = await products.put(session, ProductIn(slug="z"), by=by)

        with pytest.raises(Conflict, match="'y' is an alias of the product 'x'"):
            await product_names.rename(session, product, "y", by=by)


async def test_a_scope_that_is_limited_to_a_product_follows_its_name(store, by):
    async with store.writing() as session:
        product, _ = await products.put(session, ProductIn(slug="x"), by=by)
        scope, known = "publish:studio,x", ["studio", "x"]
        token, _ = await tokens.create(session, label="pm", scope=scope, by=by, products=known)
        await product_names.rename(session, product, "y", by=by)

    assert token.scope == "publish:studio,y"
