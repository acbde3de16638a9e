"""Documents generated from the schema: every field and argument, with a value of our choice at every place of every input."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import graphql
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from api.schema import CORE
from leadwell.base.ids import encode_id, uuid7
from leadwell.catalog import CATALOG
from leadwell.scoring.defaults import DEFAULT

NAMED = {
    "owner": "User", "assignee": "User", "user": "User", "status": "LeadStatus", "convertedStatus": "LeadStatus", "stage": "DealStage", "parent": "Company",
    "referredBy": "Person", "version": "ScoringVersion", "job": "Job", "record": "Lead", "queue": "LeadQueue", "policy": "ResponsePolicy", "escalateTo": "User",
    "window": "SendWindow", "withoutSegment": "Segment", "model": "ScoringModel", "from": "User", "to": "User", "replyTo": "Send",
}
PLACED = {   # by the root and the last name
    ("previewMerge", "recordId"): "Person", ("mergePeople", "recordId"): "Person", ("mergeCompanies", "recordId"): "Company",
    ("createCampaign", "parentId"): "Campaign", ("updateCampaign", "parentId"): "Campaign",
    ("previewChangeSet", "ids"): "Lead", ("createChangeSet", "ids"): "Lead", ("changeLines", "after"): "Lead",
    ("addToSegment", "recordIds"): "Person", ("removeFromSegment", "recordIds"): "Person",
}
ABOUT = {
    "mergePeople": "Person", "mergeCompanies": "Company", "previewMerge": "Person", "unmerge": "Merge",
    "addCompanyDomain": "Company", "removeCompanyDomain": "Company", "addCompanyAlias": "Company", "removeCompanyAlias": "Company",
    "endContactCompany": "Contact", "putDealContact": "Deal", "removeDealContact": "Deal", "setDealProducts": "Deal",
    "setLeadStatus": "Lead", "linkContactToCompany": "Contact", "amendConversion": "Lead", "recycleLead": "Lead",
    "previewConversion": "Lead", "convertLeads": "Lead", "rotateWebhookSecret": "WebhookEndpoint", "replayWebhookDeliveries": "WebhookEndpoint",
    "triggerWebhook": "WebhookEndpoint", "jobProgressChanged": "Import", "timelineChanged": "Person",
    "acceptSuggestions": "FieldSuggestion", "dismissSuggestions": "FieldSuggestion", "enrich": "Person", "previewEnrichment": "Person",
    "broadcastResults": "Broadcast", "changeLines": "ChangeSet", "fileLink": "File", "formEmbed": "Form", "jobProgress": "Import", "importLeftAlone": "Import",
    "companyScoreExplanation": "Company", "segmentUses": "Segment", "templateUses": "Template", "reorderTerritories": "Territory",
    "dismissDuplicate": "DuplicatePair", "reopenDuplicate": "DuplicatePair", "unenroll": "Enrollment", "rescheduleMeeting": "Task",
    "updateMeeting": "Task", "holdMeeting": "Task", "missMeeting": "Task", "cancelMeeting": "Task", "reviseNote": "Activity",
    "pinNote": "Activity", "previewPublish": "Sequence", "linkPersonExport": "PrivacyRequest", "rereadActivities": "Activity",
    "view": "View", "updateView": "View", "shareView": "View", "archiveView": "View",
}
NEEDED = {  # optional by the schema, yet without them there is another refusal first
    "createLead": {"email"}, "createLeads": {"email"}, "createContact": {"person", "name", "companyId"}, "convertLead": {"action"},
    "convertLeads": {"action"}, "amendConversion": {"action"}, "previewConversion": {"action"},
    "createSequence": {"templateId"}, "updateSequenceDraft": {"templateId"},
}
ONES = {
    "String": "text", "Int": 1, "Float": 1.0, "Boolean": False, "DateTime": "2030-01-01T00:00:00Z", "Date": "2030-01-01", "Decimal": "1", "JSON": {},
    "BigInt": 1, "Duration": "P1D", "Time": "10:00",
}
SILENT = ("message", "params", "docsUrl", "payload", "entry", "steps", "refused")  # these repeat what the caller said
LISTED = {"ApiKey": 201, "Notification": 202, "Session": 203, "Invitation": 204, "IdentityProvider": 205, "View": 97}   # tags of what is no noun of the catalog
OPAQUE = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{24}(?![A-Za-z0-9_-])")
PLAIN = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
Path = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where an id can stand: the root field, the path to it, and the noun it is of."""

    root: str
    path: Path
    noun: str
    wrapped: bool

    def __str__(self) -> str:
        return f"{self.root}({'.'.join(self.path)}: {self.noun})"


def named(kind: Any) -> Any:
    return graphql.get_named_type(kind)


def mutation_fields() -> dict[str, GraphQLField]:
    assert CORE.mutation_type is not None
    return CORE.mutation_type.fields


def query_fields() -> dict[str, GraphQLField]:
    assert CORE.query_type is not None
    return CORE.query_type.fields


def places(root: str, field: GraphQLField) -> Iterator[Place]:
    """Every place of a field's arguments that takes an id, filters aside."""
    for name, argument in field.args.items():
        yield from _places(root, (name,), argument.type)


def _places(root: str, path: Path, kind: GraphQLInputType) -> Iterator[Place]:
    inner = named(kind)
    if isinstance(inner, GraphQLInputObjectType):
        if is_grammar(inner) or len(path) > 6:
            return
        for name, field in inner.fields.items():
            yield from _places(root, (*path, name), field.type)
    elif inner.name == "ID":
        yield Place(root, path, _noun(root, path), _is_list(kind))


def is_grammar(kind: Any) -> bool:
    """Whether it is a filter or order of the grammar that all nouns share."""
    return kind.name.endswith("Order") or (kind.name.endswith("Where") and CATALOG.get(kind.name.removesuffix("Where")) is not None)


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def _noun(root: str, path: Path) -> str:
    """The noun an id is of, by its name, by what it stands in, or by the name of the field."""
    last, known = re.sub(r"Ids?$", "", path[-1]), {n.name for n in CATALOG}
    if (root, path[-1]) in PLACED or last in NAMED:
        return PLACED.get((root, path[-1])) or NAMED[last]
    for word in (last, path[-2] if len(path) > 1 else "", root.removesuffix("Changed")):
        if word[:1].upper() + word[1:] in known:
            return word[:1].upper() + word[1:]
    if root in ABOUT:
        return ABOUT[root]
    within = [name for name in (*sorted(known), *LISTED, "Job") if name in root]
    return max(within, key=len, default="Lead")


class Inputs:
    """Smallest valid values of input types; ids are taken from `own`, a record of each noun."""

    def __init__(self, own: dict[str, str], nonce: str = "") -> None:
        self.own, self.nonce = own, nonce

    def arguments(self, root: str, field: GraphQLField, path: Path = (), value: Any = None) -> dict[str, Any]:
        """The arguments a field cannot do without, with `value` at `path`."""
        given: dict[str, Any] = {}
        for name, argument in field.args.items():
            here = path[1:] if path[:1] == (name,) else None
            if here is not None or (isinstance(argument.type, GraphQLNonNull) and argument.default_value is graphql.Undefined):
                given[name] = self.value(root, (name,), argument.type, here, value)
        return given

    def value(self, root: str, at: Path, kind: GraphQLInputType, path: Path | None, value: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self.value(root, at, kind.of_type, path, value)
        if isinstance(kind, GraphQLList):
            return [self.value(root, at, kind.of_type, path, value)]
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(root, at, kind, path or (), value)
        if path is not None:
            return value
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        return self.own[_noun(root, at)] if kind.name == "ID" else self._one(root, at, kind.name)

    def _object(self, root: str, at: Path, kind: GraphQLInputObjectType, path: Path, value: Any) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, field in kind.fields.items():
            here = path[1:] if path[:1] == (name,) else None
            needed = name in NEEDED.get(root, ()) and not (name == "person" and path[:1] == ("personId",))
            if here is not None or needed or (isinstance(field.type, GraphQLNonNull) and field.default_value is graphql.Undefined):
                given[name] = self.value(root, (*at, name), field.type, here, value)
        if "action" in given and "USE" in getattr(named(kind.fields["action"].type), "values", ()):
            given["action"] = "USE" if path == ("id",) else "CREATE"
        return given

    def _one(self, root: str, at: Path, kind: str) -> Any:
        known = {
            "reason": "NO_FIT", "url": "https://hooks.example/in", "role": "SALES", "email": f"new{self.nonce}@own.example", "scopes": "leads:read",
            "eventKinds": "lead.*", "redirectUrl": "https://own.example", "currency": "EUR", "html": '<a href="{{ unsubscribe_url }}">x</a>',
        }
        if at[-2:] == ("fields", "name"):
            return "email"
        if at == ("source",) and root.endswith("ByExternalId"):
            return "external"
        if at[-1] == "noun":
            return "Lead"
        if kind == "JSON" and at[-1] == "rules":
            return DEFAULT
        return known.get(at[-1], f"{root} {at[-1]} {self.nonce}") if kind == "String" else ONES[kind]


def selection(kind: GraphQLOutputType, depth: int = 3) -> str:
    """Every leaf of a type, records in it down to `depth`, without arguments and without what repeats the question."""
    inner = named(kind)
    if not isinstance(inner, (GraphQLObjectType, graphql.GraphQLInterfaceType)):
        return ""
    parts = ["__typename"]
    for name, field in inner.fields.items():
        required = any(graphql.is_required_argument(a) for a in field.args.values())
        if required or name in SILENT or (inner.name.endswith("Payload") and name == "query"):
            continue
        if graphql.is_leaf_type(named(field.type)):
            parts.append(name)
        elif depth > 1 and not (field.args and depth < 3):
            parts.append(f"{name}{'(first: 5)' if 'first' in field.args else ''} {selection(field.type, depth - 1)}")
    return "{ " + " ".join(parts) + " }"


def document(operation: str, root: str, field: GraphQLField, arguments: dict[str, Any], depth: int = 3) -> str:
    """One operation with one root field whose arguments are variables of the same names."""
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in arguments)
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    return f"{operation}{f'({declared})' if declared else ''} {{ {root}{f'({passed})' if passed else ''} {selection(field.type, depth)} }}"


def where_paths(noun: str) -> Iterator[Path]:
    """Ways through a filter to an id: the record's own, and those of its relations, one step away."""
    yield ("id",)
    for relation in CATALOG[noun].relations.values():
        yield (relation.api, "some" if relation.many else "is", "id")


def filter_of(path: Path, test: dict[str, Any]) -> dict[str, Any]:
    found: Any = test
    for name in reversed(path):
        found = {name: found}
    return found


def comers(rows: dict[str, Any]) -> dict[str, str]:
    """An id of each thing by which somebody comes in, of the rows of tests/filling.py; sessions belong to no workspace's rows."""
    found = {"Session": uuid7(), "Invitation": rows["invitations"]["id"], "IdentityProvider": rows["identity_providers"]["id"], "View": rows["views"]["id"]}
    return {noun: encode_id(LISTED[noun], id) for noun, id in found.items()}


def target_of(noun: str, path: Path) -> str:
    return noun if len(path) == 1 else CATALOG[noun].relations[_relation(noun, path[0])].target.name


def _relation(noun: str, api: str) -> str:
    return next(name for name, r in CATALOG[noun].relations.items() if r.api == api)


def told(body: Any) -> Any:
    """An answer without the parts that repeat what was asked, or differ from request to request."""
    if isinstance(body, dict):
        return {k: told(v) for k, v in body.items() if k not in (*SILENT, "requestId", "locations", "cost")}
    return [told(v) for v in body] if isinstance(body, list) else body


def refused(body: Any) -> bool:
    """Whether anything in an answer says no."""
    if isinstance(body, dict):
        return bool(body.get("errors") or body.get("userErrors") or body.get("refusal")) or any(refused(v) for v in body.values())
    return isinstance(body, list) and any(refused(v) for v in body)


def uuids_in(text: str) -> set[UUID]:
    """Every uuid that stands in a text, plain or inside an opaque id."""
    found = {UUID(m) for m in PLAIN.findall(text)}
    for opaque in OPAQUE.findall(text):
        try:
            found.add(UUID(bytes=base64.urlsafe_b64decode(opaque)[2:]))
        except (binascii.Error, ValueError):
            continue
    return found
