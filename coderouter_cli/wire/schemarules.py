"""JSON schemas made fit for a provider that accepts less than the standard.

Every change widens what a call may look like, or says the same in fewer keywords: a model that is held to
less can still give what was asked for. What a schema becomes depends on it and the rules alone.
"""

from typing import Any

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import SchemaRules
from coderouter_cli.wire.read import as_list, as_object
from coderouter_cli.wire.schema import flat_top, is_regex, over

_ANYTHING = SchemaRules()
_DEFINITIONS = ("$defs", "definitions")
_CHOICES = ("anyOf", "oneOf")
_MOST_EXPANSIONS = 1000
"""Definitions that name each other twice and twice again would fill the memory."""


def fitted(schema: JsonObject, rules: SchemaRules) -> JsonObject:
    """The schema as these rules want it; the very same object where they accept every schema."""
    if rules == _ANYTHING:
        return schema
    whole = schema if rules.refs else _Expander(schema).expanded()
    done = _fit(whole, rules)
    return done if rules.top_unions else flat_top(done)


class _Expander:
    """Writes what a ``$ref`` points at in its place."""

    def __init__(self, schema: JsonObject) -> None:
        self._root = schema
        self._left = _MOST_EXPANSIONS

    def expanded(self) -> JsonObject:
        """The whole schema, without definitions."""
        return self._expand(self._root, ())

    def _expand(self, node: JsonObject, above: tuple[str, ...]) -> JsonObject:
        """One node; ``above`` are the references it is inside of."""
        reference = node.get("$ref")
        if isinstance(reference, str):
            rest = {key: value for key, value in node.items() if key != "$ref"}
            self._left -= 1
            # A definition that holds itself has no end: inside it anything goes.
            if reference in above or self._left < 0:
                return rest
            return self._expand({**self._target(reference), **rest}, (*above, reference))
        kept = {key: value for key, value in node.items() if key not in _DEFINITIONS}
        return {key: over(key, value, lambda one: self._expand(one, above)) for key, value in kept.items()}

    def _target(self, reference: str) -> JsonObject:
        """What a pointer into this document names; nothing for any other."""
        if not reference.startswith("#"):
            return {}
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            found = as_object(found).get(step.replace("~1", "/").replace("~0", "~"))
        return as_object(found)


def _fit(node: JsonObject, rules: SchemaRules) -> JsonObject:
    shaped = _shaped(node, rules)
    inner = {key: over(key, value, lambda one: _fit(one, rules)) for key, value in shaped.items()}
    kept = {key: value for key, value in inner.items() if _is_accepted(key, value, rules)}
    if rules.array_items and kept.get("type") == "array" and "items" not in kept:
        kept["items"] = {"type": "string"}
    if rules.keywords is not None and isinstance(kept.get("required"), list):
        known = as_object(kept.get("properties"))
        kept["required"] = [name for name in kept["required"] if name in known]
    return kept


def _shaped(node: JsonObject, rules: SchemaRules) -> JsonObject:
    """One node, what is inside it aside, said in other keywords until there is nothing left to say so."""
    shaped = _spelt_out(node, rules)
    if not rules.type_lists:
        shaped = _one_type(shaped)
    if not rules.typed_unions:
        shaped = _typed_inside(shaped)
    return node if shaped == node else _shaped(shaped, rules)


def _is_accepted(key: str, value: Any, rules: SchemaRules) -> bool:
    if rules.keywords is not None and key not in rules.keywords:
        return False
    if key == "pattern":
        fits = isinstance(value, str) and is_regex(value)
        return rules.patterns == "any" or (rules.patterns == "portable" and fits)
    if key == "format":
        return rules.formats is None or (isinstance(value, str) and value in rules.formats)
    if key == "enum" and rules.enums == "strings":
        return all(isinstance(one, str) for one in as_list(value))
    return True


def _spelt_out(node: JsonObject, rules: SchemaRules) -> JsonObject:
    """Keywords the provider lacks, in those it has: ``const``, ``oneOf``, ``allOf``."""
    known = rules.keywords
    if known is None:
        return node
    out = dict(node)
    if "const" in out and "const" not in known and "enum" not in out:
        out["enum"] = [out.pop("const")]
    if "oneOf" in out and "oneOf" not in known and "anyOf" not in out:
        out["anyOf"] = out.pop("oneOf")
    if "allOf" in out and "allOf" not in known:
        out = _joined(out, [part for part in as_list(out.pop("allOf")) if isinstance(part, dict)])
    return out


def _joined(node: JsonObject, parts: list[JsonObject]) -> JsonObject:
    """The node and all of these at once; where two say a keyword, the first counts."""
    every = (node, *parts)
    properties: JsonObject = {}
    joined: JsonObject = {}
    for one in reversed(every):
        properties |= as_object(one.get("properties"))
        joined |= one
    names = (name for one in every for name in as_list(one.get("required")) if isinstance(name, str))
    lists = {"properties": properties, "required": list(dict.fromkeys(names))}
    return {**joined, **{key: value for key, value in lists.items() if value}}


def _one_type(node: JsonObject) -> JsonObject:
    """With one ``type`` that is not "null"; a value that may be missing is ``nullable``."""
    out = dict(node)
    kinds = out.get("type")
    if isinstance(kinds, list):
        named = [kind for kind in kinds if isinstance(kind, str) and kind != "null"]
        out = _with_types(out, named, nullable="null" in kinds)
    elif kinds in (None, "null"):
        out.pop("type", None)
        out |= {"nullable": True} if kinds == "null" else {}
    branches = as_list(out.get("anyOf"))
    named = [branch for branch in branches if as_object(branch).get("type") not in ("null", ["null"])]
    if len(named) < len(branches):
        out |= {"nullable": True, "anyOf": named}
        if len(named) < 2:
            del out["anyOf"]
            out = {**(as_object(named[0]) if named else {}), **out}
    return out


def _with_types(node: JsonObject, kinds: list[str], *, nullable: bool) -> JsonObject:
    out = {key: value for key, value in node.items() if key != "type"}
    if len(kinds) == 1:
        out["type"] = kinds[0]
    elif kinds and "anyOf" not in out:
        own = {"array": "items", "object": "properties"}
        out["anyOf"] = [
            {"type": kind} | {key: node[key] for key in (own.get(kind),) if key is not None and key in node}
            for kind in kinds
        ]
    return out | ({"nullable": True} if nullable else {})


def _typed_inside(node: JsonObject) -> JsonObject:
    """With the ``type`` of a choice in each of its alternatives."""
    key = next((key for key in _CHOICES if isinstance(node.get(key), list)), None)
    kind = node.get("type")
    if key is None or kind is None:
        return node
    branches = [
        _typed_inside({"type": kind, **branch}) if isinstance(branch, dict) else branch
        for branch in node[key]
    ]
    return {name: value for name, value in node.items() if name != "type"} | {key: branches}
