"""Who is looking, and what they may: one policy for every read and write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from leadwell.access.names import hidden, nouns, plural
from leadwell.base.actor import Actor
from leadwell.base.refusals import Forbidden

ALL = "*"
# A grant for every noun reaches these only when it is for every verb: whoever may create leads may not therefore create keys.
GUARDED = frozenset({
    "apiKeys", "users", "roles", "teams", "webhookEndpoints", "workspaces", "jobs",
    "pipelines", "leadStatuses", "dealStages", "junkReasons", "closeReasons", "customFields", "topics", "senders", "exchangeRates", "enrichmentProviders",
    "inboxes", "calendars", "responsePolicies", "leadQueues", "territories", "absences", "automations", "sendWindows", "sendLimits",
})
SECRET = frozenset({"apiKeys", "jobs"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be done with a noun: verbs, and of which rows."""

    verbs: frozenset[str]
    rows: str = "all"
    hide: tuple[str, ...] = ()

    def allows(self, verb: str) -> bool:
        return ALL in self.verbs or verb in self.verbs


NOTHING = Grant(frozenset())


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in user or an API key in one workspace. `denied` and `own` follow from the grants."""

    workspace: UUID
    kind: Literal["USER", "KEY"]
    id: UUID
    name: str
    role: str
    grants: Mapping[str, Grant]
    denied: frozenset[str] = field(default=frozenset(), repr=False)
    own: frozenset[str] = frozenset()
    blind: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of_user(cls, workspace: UUID, user: UUID, name: str, role: str, grants: Mapping[str, Any]) -> "Viewer":
        """From a role's grants: {"leads": {"verbs": [..], "rows": "all"|"team"|"own", "hide": [..]}}. "team" is read as "own"."""
        read = {plural(noun): Grant(frozenset(g["verbs"]), g.get("rows", "own"), tuple(g.get("hide", ()))) for noun, g in grants.items()}
        return cls(workspace, "USER", user, name, role, read, _denied(read), _own(read))._sighted()

    @classmethod
    def of_key(cls, workspace: UUID, key: UUID, name: str, scopes: Iterable[str]) -> "Viewer":
        """From a key's scopes: "leads:read", "leads:*", "*:read", "*"."""
        verbs: dict[str, set[str]] = {}
        for scope in scopes:
            noun, _, verb = scope.partition(":")
            verbs.setdefault(plural(noun), set()).add(verb or ALL)
        wide = verbs.get(ALL, set[str]())
        grants = {noun: Grant(frozenset(v | _reaching(wide, noun))) for noun, v in verbs.items()}
        return cls(workspace, "KEY", key, name, "KEY", grants)._sighted()

    def _sighted(self) -> "Viewer":
        """With the nouns it may not read at all, worked out once: plans of reads are kept by what a viewer sees."""
        return replace(self, blind=frozenset(model.__name__ for noun, model in nouns().items() if not self.may(noun, "read")))

    @property
    def user(self) -> UUID | None:
        return self.id if self.kind == "USER" else None

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

    def covers(self, noun: str, verb: str) -> bool:
        """Whether a scope is within what the viewer has: over every noun or verb only by whom that is granted."""
        if noun == ALL:
            return not self.own and not self.denied and self.grants.get(ALL, NOTHING).allows(verb) and all(g.allows(verb) for g in self.grants.values())
        scoped = any(model.__name__ in self.own or any(d.startswith(model.__name__ + ".") for d in self.denied) for n, model in nouns().items() if n == noun)
        return not scoped and (ALL in self.grant(noun).verbs if verb == ALL else self.may(noun, verb))

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


def _denied(grants: Mapping[str, Grant]) -> frozenset[str]:
    found: set[str] = set()
    for noun in nouns():
        for name in (grants.get(noun) or grants.get(ALL, NOTHING)).hide:
            found |= hidden(noun, name)
    return frozenset(found)


def _own(grants: Mapping[str, Grant]) -> frozenset[str]:
    """A grant that names the noun always scopes it; one for every noun scopes those that have owners."""
    named = {model.__name__ for noun, model in nouns().items() if noun in grants and grants[noun].rows != "all"}
    if grants.get(ALL, NOTHING).rows == "all":
        return frozenset(named)
    return frozenset(named | {model.__name__ for noun, model in nouns().items() if model.owned_by and noun not in grants})
