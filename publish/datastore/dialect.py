"""A judged query of PostgreSQL's as SQLite asks it: other words, the same answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlglot
from sqlglot import exp

from publish.datastore.fields import INTEGERS, TEXTS, BadValue, Field, kept
from publish.datastore.sql import FUNCTIONS, BadSql, Parsed, cast_type

OWN: Mapping[type[exp.Expr], str] = {
    exp.Abs: "emap_abs",
    exp.Ceil: "emap_ceil",
    exp.Floor: "emap_floor",
    exp.Upper: "emap_upper",
    exp.Lower: "emap_lower",
    exp.Replace: "emap_replace",
    exp.Greatest: "emap_greatest",
    exp.Least: "emap_least",
    exp.Concat: "emap_concat",
    exp.Left: "emap_left",
    exp.Right: "emap_right",
}
"""Functions that SQLite lacks, does for ASCII only, or does without ever looking at the clock."""


@dataclass(frozen=True, slots=True)
class Written:
    """A query for SQLite; `types` are those of its columns, empty where only values tell.

    None where there is a `*`: then columns are known by their names.
    """

    sql: str
    types: list[str] | None


def write(parsed: Parsed, views: Mapping[str, str], fields: Mapping[str, Field]) -> Written:
    """Write a query for SQLite: `views` are the names there of its tables.

    `fields` are those of all tables by name. Raises BadSql for a value that is none of its type.
    """
    tree = parsed.tree.copy()
    named = _name(_first(tree))
    types = None if any(e.is_star for e in named) else [_kind(e.this, fields) for e in named]
    whole = _translated(tree, views, fields)
    try:
        written = whole.sql(
            dialect="sqlite",
            identify=True,
            comments=False,
            unsupported_level=sqlglot.ErrorLevel.RAISE,
        )
    except sqlglot.errors.SqlglotError as error:
        raise BadSql(f"The query cannot be asked here: {str(error)[:200]}") from None
    except RecursionError:
        raise BadSql("The query is nested too deeply") from None
    return Written(written, types)


def _translated(tree: exp.Query, views: Mapping[str, str], fields: Mapping[str, Field]) -> exp.Expr:
    """The tree with each node as SQLite knows it; what is inside of another comes first."""
    whole: exp.Expr = tree
    for node in reversed(list(tree.walk())):
        made = _changed(node, views, fields)
        if made is not node:
            if node is whole:
                whole = made
            node.replace(made)
    return whole


def _first(tree: exp.Expr) -> exp.Expr:
    """The SELECT that names the columns of the answer."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree


def _name(select: exp.Expr) -> list[exp.Expr]:
    """Name the columns of the answer as PostgreSQL does; gives them."""
    made = [
        each
        if isinstance(each, exp.Alias) or each.is_star
        else exp.alias_(each, _called(each), quoted=True)
        for each in select.expressions
    ]
    select.set("expressions", made)
    return made


def _called(node: exp.Expr) -> str:
    if isinstance(node, exp.Column):
        return node.name
    if isinstance(node, exp.Cast | exp.Paren):
        inner = _called(node.this)
        return inner if inner != "?column?" or isinstance(node, exp.Paren) else cast_type(node.to)
    if isinstance(node, exp.Window | exp.Filter):
        return _called(node.this)
    if isinstance(node, exp.Case):
        return "case"
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Predicate):
        return node.sql_names()[0].lower()
    return "?column?"


def _kind(node: exp.Expr, fields: Mapping[str, Field]) -> str:
    """The type of an expression; empty where only its values tell."""
    if isinstance(node, exp.Column):
        return fields[node.name].type if node.name in fields else ""
    if isinstance(
        node,
        exp.Paren | exp.Window | exp.Filter | exp.Neg | exp.Min | exp.Max | exp.Abs | exp.Coalesce,
    ):
        return _kind(node.this, fields)
    if isinstance(node, exp.Cast):
        return cast_type(node.to)
    if isinstance(node, exp.Predicate | exp.Not | exp.And | exp.Or | exp.Boolean):
        return "bool"
    if isinstance(node, exp.DPipe) or (isinstance(node, exp.Literal) and node.is_string):
        return "text"
    return FUNCTIONS.get(type(node), "")


COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


def _changed(node: exp.Expr, views: Mapping[str, str], fields: Mapping[str, Field]) -> exp.Expr:
    """One node as SQLite knows it."""
    if isinstance(node, exp.Table):
        return _view(node, views)
    if isinstance(node, exp.Column):
        node.set("db", None)
    if isinstance(node, exp.Like | exp.ILike):
        return _like(node)
    if isinstance(node, COMPARED):
        return _literal(node, fields)
    if isinstance(node, exp.Div):
        return _divided(node, fields)
    return _function(node)


def _like(node: exp.Like | exp.ILike) -> exp.Expr:
    _only(node, "this", "expression", "negate")
    name = "emap_like" if isinstance(node, exp.Like) else "emap_ilike"
    made = _call(name, node.this, node.expression)
    return exp.Not(this=made) if node.args.get("negate") else made


def _only(node: exp.Expr, *keys: str) -> None:
    """Refuse parts of a node that would be lost when it is written anew."""
    if lost := sorted(key for key, value in node.args.items() if value and key not in keys):
        raise BadSql(f"{type(node).__name__.lower()}: {lost[0]} is not possible here")


def _function(node: exp.Expr) -> exp.Expr:
    """A function that SQLite lacks, or does otherwise, as one of ours."""
    match node:
        case exp.Cast():
            _only(node, "this", "to")
            return _call("emap_cast", node.this, _text(cast_type(node.to)))
        case exp.Extract():
            return _call("emap_part", _text(node.name.lower()), node.expression)
        case exp.TimestampTrunc() | exp.DateTrunc():
            _only(node, "this", "unit")
            unit = node.args["unit"]
            return _call("emap_trunc", _text(unit.name.lower()), node.this)
        case exp.StrPosition():
            _only(node, "this", "substr")
            return _call("emap_position", node.this, node.args["substr"])
        case exp.CurrentTimestamp() | exp.CurrentDate():
            return _text(_now()[: 10 if isinstance(node, exp.CurrentDate) else None])
    return _own(node)


def _own(node: exp.Expr) -> exp.Expr:
    name = OWN.get(type(node))
    if name is None:
        return node
    values = [value for key in node.arg_types if (value := node.args.get(key))]
    flat = [v for value in values for v in (value if isinstance(value, list) else [value])]
    return _call(name, *(value for value in flat if isinstance(value, exp.Expr)))


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


def _text(said: str) -> exp.Expr:
    return exp.Literal.string(said)


def _call(name: str, *values: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(values))


def _view(node: exp.Table, views: Mapping[str, str]) -> exp.Expr:
    name = node.name if node.this.quoted else node.name.lower()
    if name not in views:
        return node  # a name of WITH
    if not node.args.get("alias"):
        said = exp.to_identifier(node.name, quoted=True)
        node.set("alias", exp.TableAlias(this=said))
    node.set("db", None)
    node.set("this", exp.to_identifier(views[name], quoted=True))
    return node


def _literal(node: exp.Expr, fields: Mapping[str, Field]) -> exp.Expr:
    """Write text that is compared with a field as the field keeps its values."""
    column = node.this if isinstance(node.this, exp.Column) else node.expression
    field = fields.get(column.name) if isinstance(column, exp.Column) else None
    if field is None or field.type in TEXTS or field.type[0] == "_":
        return node
    for key, value in node.args.items():
        if isinstance(value, exp.Literal) and value.is_string:
            node.set(key, _as_kept(value, field))
        elif isinstance(value, list):
            node.set(
                key,
                [
                    _as_kept(v, field) if isinstance(v, exp.Literal) and v.is_string else v
                    for v in value
                ],
            )
    return node


def _as_kept(value: exp.Literal, field: Field) -> exp.Expr:
    try:
        made = kept(value.name, field.type)
    except BadValue as error:
        raise BadSql(str(error)) from None
    if isinstance(made, str):
        return exp.Literal.string(made)
    return exp.Null() if made is None else exp.Literal.number(str(made))


def _divided(node: exp.Div, fields: Mapping[str, Field]) -> exp.Expr:
    """Whole numbers divide as such only where PostgreSQL's types are whole too."""
    whole = {*INTEGERS, ""}
    columns = [fields[c.name].type for c in node.find_all(exp.Column) if c.name in fields]
    if all(kind in whole for kind in columns):
        return node
    node.set("this", _call("emap_cast", node.this.copy(), exp.Literal.string("float8")))
    return node
