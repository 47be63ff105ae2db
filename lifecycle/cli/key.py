"""`lifecycle key`: a newer secret key, and what older ones sealed under it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.lazy_modules import later
from lifecycle.cli.local_commands import on_local_store
from lifecycle.cli.options import format_option
from lifecycle.cli.output import show_json
from lifecycle.cli.refusals import NO, say
from lifecycle.errors import Conflict, NotFound

if TYPE_CHECKING:
    from lifecycle import keys, settings
    from lifecycle.cli import clock, local_store
    from lifecycle.database import Store, urls
    from lifecycle.scheduler import key_rotation, key_uses
    from notifications import secrets
else:
    keys = later("lifecycle.keys")
    settings = later("lifecycle.settings")
    clock = later("lifecycle.cli.clock")
    local_store = later("lifecycle.cli.local_store")
    urls = later("lifecycle.database.urls")
    key_rotation = later("lifecycle.scheduler.key_rotation")
    key_uses = later("lifecycle.scheduler.key_uses")
    secrets = later("notifications.secrets")

RESTART = "Restart the service and its workers, and then run `lifecycle key rotate`."


@click.group("key", cls=Group)
def command() -> None:
    """Replace the secret key that encrypts secrets and signs links."""


@command.command(example="lifecycle key new")
@on_local_store
@format_option
def new(*, style: str) -> None:
    """Make a newer key: beside the store before the old one, or printed to put there yourself."""
    chosen = settings.load(os.environ)
    if chosen.secret_key:
        key = keys.new_key()
        show_json({"key": key, "path": None}) if style == "json" else click.echo(key)
        place = keys.place_of_key(chosen)
        say(f"Put it on the first line of {place}, above the old key. {RESTART}")
        return
    store_file = urls.file_of(urls.parse(chosen.database_url))
    if store_file is not None and not store_file.exists():
        raise NotFound(
            f"There is no store at {store_file}, so there is no key to replace; the first start of"
            " the service makes both."
        )
    local_store.with_store(lambda store: keys.check_key(chosen, store))  # or it opens nothing
    path = keys.add_newer_key(chosen)
    if style == "json":
        show_json({"key": None, "path": str(path)})
    say(f"A newer key stands on the first line of {path}, above the old one. {RESTART}")


@command.command(example="lifecycle key rotate")
@on_local_store
@format_option
def rotate(*, style: str) -> int:
    """Encrypt with the newest key what older ones did; exits with 1 if no key opens something."""
    by = clock.by_hand()

    async def work(store: Store) -> key_rotation.Rotation:
        await keys.refuse_lost_key(chosen, store)
        await refuse_older_key(store)
        return await key_rotation.rotate_key(store, vault(), by=by)

    async def refuse_older_key(store: Store) -> None:
        mark = key_uses.mark_of(keys.secret_key(chosen))
        async with store.reading() as session:
            seconds = await key_uses.seconds_since_other_use(session, mark, by.at)
        if seconds is not None:
            raise Conflict(
                "A running service or worker does not have the newest key first, and could not "
                f"open what is encrypted with it: its last sign of life was {seconds:.0f} s ago. "
                f"Restart all of them with the newest key, then repeat this. One that was killed "
                f"counts as running for {key_uses.SILENT_AFTER:.0f} s."
            )

    def vault() -> secrets.Vault:
        return secrets.Vault(keys.secret_key(chosen))

    chosen = settings.load(os.environ)
    rotation = local_store.with_store(work)
    count = rotation.resealed
    sentence = (
        f"{count:,} secret{'s' * (count != 1)} encrypted anew with the newest key."
        if count
        else "Everything is encrypted with the newest key already."
    )
    if style == "json":
        show_json({"resealed": count, "lost": list(rotation.lost)})
    else:
        click.echo(sentence)
        if not rotation.lost:
            say(
                f"Older keys in {keys.place_of_key(chosen)} now only sign the links in mails that"
                " were sent before. Once those need not work any more, remove the older keys and"
                " restart the service and its workers."
            )
    for name in rotation.lost:
        say(f"No key opens {name}.")
    if rotation.lost:
        say("Add the key that they were encrypted with on a separate line, and repeat this.")
        return NO
    return 0
