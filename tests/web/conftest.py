import httpx
import pytest

from lifecycle import settings
from lifecycle.app import create_app

BASE = "https://lifecycle.test"


@pytest.fixture
def app(store, clock):
    said = {
        "LIFECYCLE_SECRET_KEY": "a key that is long enough",
        "LIFECYCLE_BASE_URL": BASE,
        "LIFECYCLE_PUBLIC_READS": "no",
    }
    return create_app(settings.load(said, database_url="unused"), store, clock)


@pytest.fixture
async def client(app):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
def links(app):
    return app.app_state.links
