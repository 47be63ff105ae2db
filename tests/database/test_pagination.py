import pytest

from lifecycle.catalogue import queries
from lifecycle.database.pagination import write_cursor
from lifecycle.errors import BadRequest


async def pages(store, limit):
    cursor, found = None, []
    while True:
        async with store.reading() as session:
            page = await queries.list_products(session, cursor=cursor, limit=limit)
        found.append([product.slug for product in page.items])
        cursor = page.next
        if cursor is None:
            return found


async def test_pages_show_everything_once_in_order(store, make_product):
    for slug in ("e", "a", "d", "b", "c"):
        await make_product(slug)

    assert await pages(store, 2) == [["a", "b"], ["c", "d"], ["e"]]
    assert await pages(store, 5) == [["a", "b", "c", "d", "e"]]


async def test_what_is_added_before_the_cursor_repeats_nothing(store, make_product):
    for slug in ("b", "c", "d"):
        await make_product(slug)
    async with store.reading() as session:
        first = await queries.list_products(session, limit=2)

    await make_product("a")
    async with store.reading() as session:
        second = await queries.list_products(session, cursor=first.next, limit=2)

    assert [product.slug for product in second.items] == ["d"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "ü",
        "abc",
        write_cursor([1]),
        write_cursor(["a", "b"]),
        write_cursor([None]),
        write_cursor(["a\x00"]),
        write_cursor({"a": 1}),
        "W10",
        "x" * 10_000,
    ],
)
async def test_a_cursor_that_no_list_gave_out_is_refused(store, cursor):
    with pytest.raises(BadRequest, match="cursor"):
        async with store.reading() as session:
            await queries.list_products(session, cursor=cursor)


async def test_a_number_beyond_any_rank_is_refused(store, make_product):
    product = await make_product()

    with pytest.raises(BadRequest, match="cursor"):
        async with store.reading() as session:
            await queries.list_releases(session, product, cursor=write_cursor([2**70, 1]))


@pytest.mark.parametrize("limit", [0, -1, 501])
async def test_a_page_has_a_size_within_bounds(store, limit):
    with pytest.raises(BadRequest, match="1 to 500"):
        async with store.reading() as session:
            await queries.list_products(session, limit=limit)
