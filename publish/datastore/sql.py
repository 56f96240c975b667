"""`datastore_search_sql`: one SELECT of PostgreSQL's, read into a tree, judged, written for SQLite.

Only what is listed here may stand in the tree: kinds of nodes, functions, tables that the caller
may read. Text is never judged. What is let through wrongly still meets the walls of
`publish.datastore.running`: a connection that has only these tables, read-only, and an authorizer.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from publish.datastore.fields import type_name

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it would warn of each foreign query

LONGEST = 16_384  # characters
MOST_NODES = 5_000
MOST_TABLES = 8  # SQLite attaches ten files


class BadSql(ValueError):
    """Not one sound SELECT; the text is the answer's message."""


class ForbiddenSql(PermissionError):
    """A SELECT of what nobody may have: system tables, functions outside the list."""


NODES = frozenset(
    {
        *(exp.Select, exp.From, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered),
        *(exp.Limit, exp.Offset, exp.Distinct, exp.Join, exp.Subquery, exp.With, exp.CTE),
        *(exp.Union, exp.Intersect, exp.Except, exp.Exists, exp.Tuple, exp.Paren, exp.Star),
        *(exp.Alias, exp.TableAlias, exp.Table, exp.Column, exp.Identifier, exp.Literal),
        *(exp.Boolean, exp.Null, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.Case, exp.If),
        *(
            exp.DataType,
            exp.Filter,
            exp.Window,
            exp.WindowSpec,
            exp.Var,
            exp.NullSafeEQ,
            exp.NullSafeNEQ,
        ),
    }
)
FUNCTIONS: Mapping[type[exp.Expr], str] = {
    exp.Count: "int8",
    exp.Sum: "numeric",
    exp.Avg: "numeric",
    exp.Min: "",
    exp.Max: "",
    exp.Abs: "",
    exp.Round: "numeric",
    exp.Ceil: "numeric",
    exp.Floor: "numeric",
    exp.Coalesce: "",
    exp.Nullif: "",
    exp.Greatest: "",
    exp.Least: "",
    exp.Upper: "text",
    exp.Lower: "text",
    exp.Length: "int4",
    exp.Trim: "text",
    exp.Substring: "text",
    exp.Left: "text",
    exp.Right: "text",
    exp.Concat: "text",
    exp.Replace: "text",
    exp.StrPosition: "int4",
    exp.GroupConcat: "text",
    exp.Cast: "",
    exp.Extract: "numeric",
    exp.TimestampTrunc: "timestamp",
    exp.DateTrunc: "timestamp",
    exp.CurrentTimestamp: "timestamptz",
    exp.CurrentDate: "date",
    exp.RowNumber: "int8",
    exp.Rank: "int8",
    exp.DenseRank: "int8",
}
"""The functions there are, and the type of what they give where it is always the same."""

BEGINNINGS = ("select", "with", "(select")
TABLE_PARTS = {"this", "db", "alias", "joins"}
POSTGRESQL = {"Drop": "DropStmt", "Insert": "InsertStmt", "Update": "UpdateStmt"} | {
    name: f"{name}Stmt" for name in ("Delete", "Create", "Alter", "Copy", "Grant", "Truncate")
}
"""PostgreSQL's names of statements, which CKAN tells."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A SELECT that holds nothing but what may be there; `tables` are the names that it reads."""

    tree: exp.Query
    tables: tuple[str, ...]


def parse(sql: str) -> Parsed:
    """Read a SELECT and judge it; raises BadSql or ForbiddenSql."""
    tree = _tree(sql)
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables: dict[str, None] = {}
    for count, node in enumerate(tree.walk()):
        if count > MOST_NODES:
            raise BadSql("The query has too many parts")
        _judge(node)
        if isinstance(node, exp.Table) and (node.db or node.name not in ctes):
            tables[_table(node)] = None
    if len(tables) > MOST_TABLES:
        raise BadSql(f"The query reads more than {MOST_TABLES} tables")
    return Parsed(tree, tuple(tables))


def _tree(sql: str) -> exp.Query:
    if len(sql) > LONGEST:
        raise BadSql(f"The query is longer than {LONGEST} characters")
    try:
        statements = [each for each in sqlglot.parse(sql, dialect="postgres") if each is not None]
    except sqlglot.errors.SqlglotError as error:
        raise _syntax(sql, error) from None
    except RecursionError:
        raise BadSql("The query is nested too deeply") from None
    if len(statements) != 1:
        raise BadSql("Query is not a single statement")
    tree = statements[0]
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Table):
        name = type(tree).__name__
        if name in POSTGRESQL:
            raise BadSql(f"Invalid query AST element: {POSTGRESQL[name]}")
        raise _syntax(sql)
    return tree


def _syntax(sql: str, error: Exception | None = None) -> BadSql:
    """Say where a query goes wrong: at the word that the parser tripped over, else at the first."""
    place, word = 0, (sql.split() or [""])[0]
    faults = getattr(error, "errors", ()) if word.lower() in BEGINNINGS else ()
    for fault in faults[:1]:
        word = fault.get("highlight") or word
        place = max(sql.find(word), 0)
    return BadSql(f'Invalid SQL: syntax error at or near "{word[:60]}", at index {place}')


def _judge(node: exp.Expr) -> None:
    kind = type(node)
    if kind in FUNCTIONS or kind in NODES:
        _judge_parts(node)
    elif isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_names()[0]
        name = name.lower().removeprefix("exploding_")[:60]
        raise ForbiddenSql(f"Not authorized to call function {name}")
    else:
        raise BadSql(f"Invalid query AST element: {POSTGRESQL.get(kind.__name__, kind.__name__)}")


def _judge_parts(node: exp.Expr) -> None:
    """Refuse what a node that may be there must not have."""
    if isinstance(node, exp.With) and node.recursive:
        raise BadSql("A recursive query is not possible here")
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        raise BadSql("DISTINCT ON is not possible here")
    if isinstance(node, exp.Trim) and not isinstance(node.expression, exp.Literal | None):
        raise BadSql("trim() takes the characters as text, not from a column")
    if isinstance(node, exp.Trim) and node.expression and len(node.expression.name) > 20:
        raise BadSql("trim() takes at most 20 characters")
    if isinstance(node, exp.DataType):
        cast_type(node)


def cast_type(node: exp.DataType) -> str:
    """The type that a value is cast to; raises BadSql for one that there is not here."""
    said = node.sql(dialect="postgres").partition("(")[0]
    try:
        name = type_name(said)
    except ValueError:
        name = ""
    if not name or name[0] == "_" or name.startswith("json"):
        raise BadSql(f"A cast to {said[:60]} is not possible here")
    return name


def _table(node: exp.Table) -> str:
    if {key for key, value in node.args.items() if value} - TABLE_PARTS:
        raise BadSql("Invalid query AST element: a table with more than a name and an alias")
    if not isinstance(node.this, exp.Identifier):
        raise ForbiddenSql("Not authorized to call functions as tables")
    schema = node.db.lower()
    name = node.name if node.this.quoted else node.name.lower()
    if schema in ("pg_catalog", "information_schema") or name.startswith(("pg_", "sqlite_")):
        raise ForbiddenSql("Not authorized to access system tables")
    if schema not in ("", "public"):
        raise BadSql(f'schema "{schema[:60]}" does not exist')
    return name
