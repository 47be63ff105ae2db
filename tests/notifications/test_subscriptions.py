import pytest

from notifications import subscriptions


@pytest.fixture
def heard():
    return []


@pytest.fixture
def add(store, clock, heard):
    async def record(session, event):
        heard.append(event)

    async def add(owner="acme", *, channel="email", address="ops@acme.example", topics=("*",)):
        async with store.writing() as session:
            return await subscriptions.add(
                session,
                owner,
                channel=channel,
                address=address,
                topics=topics,
                now=clock(),
                record=record,
            )

    return add


async def listed(store, owner="acme"):
    async with store.reading() as session:
        found = await subscriptions.list_of(session, owner)
    return [(each.channel, each.address, each.topics) for each in found]


async def test_an_owner_has_its_own_addresses(store, add):
    await add()
    await add("globex", channel="webhook", address="https://globex.example/hook")

    assert await listed(store) == [("email", "ops@acme.example", ["*"])]
    assert await listed(store, "globex") == [("webhook", "https://globex.example/hook", ["*"])]


async def test_the_same_address_twice_is_one_subscription_with_all_its_topics(store, add, heard):
    await add(topics=("product:a",))
    _, created, _ = await add(topics=("product:a", "product:b"))
    await add(topics=("product:b",))

    assert not created
    assert await listed(store) == [("email", "ops@acme.example", ["product:a", "product:b"])]
    assert [event.action for event in heard] == ["subscription.added", "subscription.changed"]


async def test_who_wants_everything_needs_no_more_topics(store, add, heard):
    await add()
    await add(topics=("product:a",))

    assert await listed(store) == [("email", "ops@acme.example", ["*"])]
    assert len(heard) == 1


async def test_what_is_recorded_names_no_address(add, heard):
    await add()

    assert "ops@acme.example" not in str(heard)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "nowhere"),
        ("email", "a b@c"),
        ("email", "a@b\n"),
        ("email", f"a@{'b' * 300}"),
        ("webhook", "ftp://x"),
        ("webhook", "https://"),
        ("webhook", "https://user:secret@host/"),
        ("webhook", "https://host/\x00"),
        ("chat", "slack://token"),
        ("pigeon", "home"),
    ],
)
async def test_where_nothing_could_arrive_is_refused(add, channel, address):
    with pytest.raises(subscriptions.UnusableAddressError):
        await add(channel=channel, address=address)
