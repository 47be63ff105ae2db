"""How a database would find what a question asks for: by which indexes, and by no other way."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import Engine, event, text

EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


async def plans_of(store, ask):
    """Have a question asked of the store; return the plan of each statement, as one text each."""
    with statements_run() as statements:
        async with store.reading() as session:
            await ask(session)
    return await plans(store, statements)


async def plans(store, statements):
    """Return the plan of each statement, as one text each."""
    async with store.reading() as session:
        connection = await session.connection()
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:  # so few rows are read one by one, if nothing forbids it
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        found = []
        for statement, parameters in statements:
            rows = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found


@contextmanager
def statements_run():
    """Collect the statements that run meanwhile, each with its parameters, but for bulk ones."""
    statements = []

    def note(_connection, _cursor, statement, parameters, _context, many):
        if not many and statement.lstrip().upper().startswith(EXPLAINED):
            statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
