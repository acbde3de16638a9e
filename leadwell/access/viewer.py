"""Who is looking, and what they may: one policy for every read and write."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast
from uuid import UUID

from leadwell.access.bounds import NO_BOUNDS, Bounds
from leadwell.access.names import hidden, nouns, plural, raw
from leadwell.access.refusals import FieldNotYours
from leadwell.access.sees import Reach, narrower
from leadwell.base.actor import Actor
from leadwell.base.refusals import Forbidden

ALL = "*"
# A grant for every noun reaches these only when it is for every verb: whoever may create leads may not therefore create keys.
GUARDED = frozenset({
    "apiKeys", "users", "roles", "teams", "webhookEndpoints", "workspaces", "jobs",
    "pipelines", "leadStatuses", "dealStages", "junkReasons", "closeReasons", "customFields", "topics", "senders", "exchangeRates", "enrichmentProviders",
    "inboxes", "calendars", "responsePolicies", "leadQueues", "territories", "absences", "automations", "sendWindows", "sendLimits",
    "audit",
})
SECRET = frozenset({"apiKeys", "jobs", "audit"})
RECORDS = ("Person.", "Lead.", "Contact.", "Company.", "Deal.")


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be done with a noun: verbs, with which rows for each of them ("*": the others), without which fields, and which fields are only read."""

    verbs: frozenset[str]
    rows: Mapping[str, Reach] = field(default_factory=lambda: EVERY_ROW)
    hide: tuple[str, ...] = ()
    readonly: tuple[str, ...] = ()

    @classmethod
    def of(cls, grant: Mapping[str, Any]) -> "Grant":
        """From a role: {"verbs": [..], "rows": reach or {verb: reach}, "hide": [..], "readonly": [..]}; without rows, own ones."""
        rows: Any = grant.get("rows", "own")
        reaches = cast("dict[str, Reach]", rows if isinstance(rows, dict) else {ALL: rows})
        return cls(frozenset(grant["verbs"]), reaches, tuple(grant.get("hide", ())), tuple(grant.get("readonly", ())))

    def allows(self, verb: str) -> bool:
        return ALL in self.verbs or verb in self.verbs

    def reach(self, verb: str) -> Reach:
        """Rows for a verb; what may not be read is not changed either."""
        rest = self.rows.get(ALL, "own")
        return narrower(self.rows.get("read", rest), self.rows.get(verb, rest))


EVERY_ROW: Mapping[str, Reach] = {ALL: "all"}
NOTHING = Grant(frozenset(), EVERY_ROW)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in user or an API key in one workspace. All below `grants` follows from these and, of a key, from its `bounds`: what is hidden (`denied`)
    or only read (`fixed`), nouns of which own rows alone (`own`), the team's (`team`, part of `own`) or no rows at all (`blind`) are visible."""

    workspace: UUID
    kind: Literal["USER", "KEY"]
    id: UUID
    name: str
    role: str
    grants: Mapping[str, Grant]
    denied: frozenset[str] = field(default=frozenset(), repr=False)
    own: frozenset[str] = frozenset()
    blind: frozenset[str] = field(default=frozenset(), repr=False)
    team: frozenset[str] = frozenset()
    fixed: frozenset[str] = field(default=frozenset(), repr=False)
    bounds: Bounds = NO_BOUNDS

    @classmethod
    def of_user(cls, workspace: UUID, user: UUID, name: str, role: str, grants: Mapping[str, Any]) -> "Viewer":
        """From a role's grants: {"leads": {"verbs": [..], "rows": "all"|"team"|"own", "hide": [..], "readonly": [..]}}."""
        read = {plural(noun): Grant.of(grant) for noun, grant in grants.items()}
        denied, fixed = _fields(read, lambda grant: grant.hide), _fields(read, lambda grant: grant.readonly)
        return cls(workspace, "USER", user, name, role, read, _with_raw(denied), fixed=fixed)._reaching("read")._sighted()

    @classmethod
    def of_key(cls, workspace: UUID, key: UUID, name: str, scopes: Iterable[str], bounds: Bounds = NO_BOUNDS) -> "Viewer":
        """From a key's scopes: "leads:read", "leads:*", "*:read", "*"; and what bounds them."""
        verbs: dict[str, set[str]] = {}
        for scope in scopes:
            noun, _, verb = scope.partition(":")
            verbs.setdefault(plural(noun), set()).add(verb or ALL)
        wide = verbs.get(ALL, set[str]())
        grants = {noun: Grant(frozenset(v | _reaching(wide, noun)), EVERY_ROW) for noun, v in verbs.items()}
        own = frozenset(model.__name__ for model in nouns().values() if model.owned_by) if bounds.rows != "all" else frozenset[str]()
        team = own if bounds.rows == "team" else frozenset[str]()
        return cls(workspace, "KEY", key, name, "KEY", grants, _with_raw(bounds.denied), own, team=team, bounds=bounds)._sighted()

    def _reaching(self, verb: str) -> "Viewer":
        """With the nouns of which a verb reaches only some rows."""
        reaches = {noun: found for noun in nouns() if (found := _rows(self.grants, noun, verb)) != "all"}
        return replace(
            self, own=frozenset(nouns()[noun].__name__ for noun in reaches),
            team=frozenset(nouns()[noun].__name__ for noun, found in reaches.items() if found == "team"))  # fmt: skip

    def doing(self, verb: str) -> "Viewer":
        """The viewer as far as a verb reaches, where a role reads more rows than it changes."""
        return self if all(len(grant.rows) == 1 for grant in self.grants.values()) else self._reaching(verb)

    def _sighted(self) -> "Viewer":
        """With the nouns it may not read at all, worked out once: plans of reads are kept by what a viewer sees."""
        return replace(self, blind=frozenset(model.__name__ for noun, model in nouns().items() if not self.may(noun, "read")))

    @property
    def user(self) -> UUID | None:
        return self.id if self.kind == "USER" else None

    @property
    def holder(self) -> UUID | None:
        """The user whose rows are own ones: of a key the one it is bound to."""
        return self.id if self.kind == "USER" else self.bounds.user_id

    @property
    def team_id(self) -> UUID | None:
        return self.bounds.team_id

    @property
    def credential(self) -> str:
        """Stands on events and before idempotency keys; the same over all sessions of a user."""
        return f"{self.kind}:{self.id}"

    def actor(self, request_id: str) -> Actor:
        return Actor(self.workspace, self.kind, self.id, request_id=request_id, credential=self.credential)

    def grant(self, noun: str) -> Grant:
        """The noun's own grant, else the one for every noun."""
        name = plural(noun)
        return self.grants.get(name) or self.grants.get(ALL, NOTHING)

    def may(self, noun: str, verb: str) -> bool:
        name = plural(noun)
        found = self.grants.get(name)
        if found is None and name in GUARDED and (verb != "read" or name in SECRET):
            return ALL in self.grants.get(ALL, NOTHING).verbs
        return self.grant(name).allows(verb)

    def need(self, noun: str, verb: str) -> None:
        """Raises Forbidden unless allowed."""
        if not self.may(noun, verb):
            raise Forbidden(noun=plural(noun), verb=verb)

    def write(self, noun: str, field: str, at: str) -> None:
        """FieldNotYours where a field of a noun ("Lead") is hidden or only read. Those of a person stand in leads and contacts under the same name."""
        for one in (noun, "Person") if noun in ("Lead", "Contact") else (noun,):
            if (path := f"{one}.{field}") in self.denied or path in self.fixed:
                raise FieldNotYours(field=at, path=path)

    def everywhere(self, noun: str, verb: str) -> bool:
        """Whether a verb is allowed with every row of a noun ("Lead"), those to come as well."""
        return self.may(noun, verb) and noun not in self.doing(verb).own

    def covers(self, noun: str, verb: str) -> bool:
        """Whether a scope is within what the viewer has: over every noun or verb only by whom that is granted, and by nobody who sees a part."""
        partly = {path.partition(".")[0] for path in self.denied | self.fixed} | self.own
        verbs = {told for grant in self.grants.values() for told in grant.rows}
        partly |= {model.__name__ for n, model in nouns().items() if any(_rows(self.grants, n, told) != "all" for told in verbs)}
        if noun == ALL:
            return not partly and self.grant(ALL).allows(verb) and all(g.allows(verb) for g in self.grants.values())
        if noun in nouns() and nouns()[noun].__name__ in partly:
            return False
        return ALL in self.grant(noun).verbs if verb == ALL else self.may(noun, verb)

    def covers_role(self, grants: Mapping[str, Any]) -> bool:
        """Whether the viewer may do at least what a role's grants allow; a scoped or partly blind viewer does not."""
        return all(self.covers(plural(noun), verb) for noun, grant in grants.items() for verb in grant.get("verbs", ()))

    def permissions(self) -> list[str]:
        """What the viewer may do, as noun:verb, for interfaces that hide what they cannot offer."""
        return sorted(f"{noun}:{verb}" for noun, grant in self.grants.items() for verb in grant.verbs)


def _reaching(wide: set[str], noun: str) -> set[str]:
    """What a scope for every noun adds to one that is named."""
    if noun not in GUARDED or ALL in wide:
        return wide
    return set[str]() if noun in SECRET else wide & {"read"}


def _fields(grants: Mapping[str, Grant], names: Callable[[Grant], Iterable[str]]) -> frozenset[str]:
    return frozenset(path for noun in nouns() for name in names(grants.get(noun) or grants.get(ALL, NOTHING)) for path in hidden(noun, name))


def _with_raw(denied: frozenset[str]) -> frozenset[str]:
    return denied | raw() if any(path.startswith(RECORDS) for path in denied) else denied


def _rows(grants: Mapping[str, Grant], noun: str, verb: str) -> Reach:
    """A grant that names the noun always scopes it; one for every noun scopes those that have owners."""
    found = grants.get(noun)
    if found is None and not nouns()[noun].owned_by:
        return "all"
    return (found or grants.get(ALL, NOTHING)).reach(verb)
