"""What both stores can be asked of a JSON array of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class holds(FunctionElement[bool]):  # noqa: N801 - stands in expressions as a function does
    """Whether a JSON array, a column or its text, holds a text; of NULL it is never so."""

    name = "holds"
    type = Boolean()
    inherit_cache = True


@compiles(holds, "sqlite")
def _on_sqlite(element: holds, compiler: SQLCompiler, **options: Any) -> str:
    array, value = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({value} IN (SELECT value FROM json_each({array})))"  # noqa: S608 - compiled parts, no text from outside


@compiles(holds, "postgresql")
def _on_postgresql(element: holds, compiler: SQLCompiler, **options: Any) -> str:
    array, value = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({value} IN (SELECT jsonb_array_elements_text(CAST({array} AS JSONB))))"


class elements(FunctionElement[str]):  # noqa: N801 - stands in expressions as a function does
    """The texts of a JSON array, as rows of a column ``value``; NULL has none."""

    name = "elements"
    type = String()
    inherit_cache = True


@compiles(elements, "sqlite")
def _rows_on_sqlite(element: elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(elements, "postgresql")
def _rows_on_postgresql(element: elements, compiler: SQLCompiler, **options: Any) -> str:
    return (
        f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSONB))"
    )
