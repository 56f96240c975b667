"""The Action API as OpenAPI 3.1, made from the register of actions and their help."""

import re
from collections.abc import Mapping
from typing import Any

from publish.catalog.registry import ACTIONS, Action

PARAM = re.compile(r"^:param (\w+(?:\.\w+)?):\s*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
TOKEN = "token"

type Schema = dict[str, Any]


def description(site_url: str) -> Schema:
    """The document: one path an action."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "CKAN Action API", "version": "3"},
        "servers": [{"url": site_url}],
        "paths": {f"/api/3/action/{name}": _path(ACTIONS[name]) for name in sorted(ACTIONS)},
        "components": {
            "schemas": {"Answer": ANSWER, "Failure": FAILURE},
            "securitySchemes": {TOKEN: {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


ANSWER: Schema = {
    "type": "object",
    "required": ["help", "success", "result"],
    "properties": {"help": {"type": "string"}, "success": {"const": True}, "result": {}},
}
FAILURE: Schema = {
    "description": "An object with `__type` and what is wrong; or one text: `Bad request: …`.",
    "oneOf": [
        {
            "type": "object",
            "required": ["help", "success", "error"],
            "properties": {
                "help": {"type": "string"},
                "success": {"const": False},
                "error": {"type": "object"},
            },
        },
        {"type": "string"},
    ],
}


def _path(action: Action) -> Schema:
    fields = _fields(action)
    names = {"summary": action.help.partition("\n")[0], "tags": [action.name.partition("_")[0]]}
    body = {
        "content": {"application/json": {"schema": {"type": "object", "properties": fields}}},
        "required": False,
    }
    post = {**names, "operationId": action.name, "requestBody": body, **_answers(action)}
    if action.writes:
        return {"post": post}
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]
    get = {**names, "operationId": f"{action.name}.get", "parameters": query, **_answers(action)}
    return {"get": get, "post": post}


def _fields(action: Action) -> Mapping[str, Schema]:
    """What an action takes: the parameters of its help, and the fields that it checks."""
    told = {name: " ".join(words.split()) for name, words in PARAM.findall(action.help)}
    names = dict.fromkeys([*told, *(action.takes or ())])
    return {name: {"description": told[name]} if name in told else {} for name in names}


def _answers(action: Action) -> Schema:
    def json_of(name: str) -> Schema:
        schema = {"$ref": f"#/components/schemas/{name}"}
        return {"content": {"application/json": {"schema": schema}}}

    failures = {
        "400": "The request cannot be read",
        "403": "The caller may not",
        "404": "There is no such thing",
        "409": "A value is wrong",
    }
    good = {"200": {"description": "The result", **json_of("Answer")}}
    bad = {code: {"description": words, **json_of("Failure")} for code, words in failures.items()}
    return {"responses": good | bad, "security": [{}, {TOKEN: []}]}
