"""Every list a workspace words for itself: its table, what its fields may hold, what must be unique, who uses its entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadwell.entries.checks import Check, as_given, code, count_of, email, flag, line, one_of, optional, small_code
from models.consent import ConsentBasis, TopicKind
from models.deals import CloseState
from models.pipelines import DealStageType, LeadStatusType, PipelineKind
from models.senders import MailProvider, MailSecurity, SenderChannel
from models.sources import Channel

DAYS = count_of(1, 3650)


def spoken(noun: str) -> str:
    """A noun in running text."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in noun).strip()


@dataclass(frozen=True, slots=True)
class Use:
    """Rows that name an entry: `who` in words, and which of them count (SQL over {t})."""

    who: str
    table: str
    column: str
    live: str = "{t}.archived_at IS NULL"
    moves: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A list. `fixed` fields are said once, when an entry is made; `made_of`: a field that is derived from another when it is not said; `within`: the
    fields that say which list of several an entry stands in; `kept`: the fields of whose every combination one entry must stay; `references`: fields that
    name a live row, with its noun and table."""

    noun: str
    table: str
    created: str
    updated: str
    fields: Mapping[str, Check]
    needed: tuple[str, ...] = ("name",)
    fixed: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    made_of: Mapping[str, str] = field(default_factory=dict[str, str])
    unique: tuple[str, ...] = ("name",)
    within: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    ordered: bool = False
    one_default: tuple[str, ...] | None = None
    uses: tuple[Use, ...] = ()
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    @property
    def words(self) -> str:
        """The noun in running text."""
        return spoken(self.noun)


PIPELINE = Entry(
    "Pipeline", "pipelines", "pipeline.created", "pipeline.updated",
    {"kind": one_of(*PipelineKind), "name": line, "close_days": count_of(0, 3650), "is_default": flag},
    needed=("kind", "name"), fixed=frozenset({"kind"}), defaults={"close_days": 30, "is_default": False}, within=("kind",), kept=("kind",),
    one_default=("kind",), uses=(
        Use("open leads", "leads", "pipeline_id", "{t}.state = 'OPEN'", moves=False),
        Use("open deals", "deals", "pipeline_id", "{t}.state = 'OPEN'", moves=False),
    ),
)
LEAD_STATUS = Entry(
    "LeadStatus", "lead_statuses", "leadStatus.created", "leadStatus.updated",
    {"pipeline_id": as_given, "name": line, "type": one_of(*LeadStatusType), "is_default": flag, "next_ids": as_given},
    needed=("pipeline_id", "name", "type"), fixed=frozenset({"pipeline_id", "type"}), defaults={"is_default": False, "next_ids": None},
    within=("pipeline_id",), kept=("pipeline_id", "type"), ordered=True, one_default=("pipeline_id", "type"),
)
DEAL_STAGE = Entry(
    "DealStage", "deal_stages", "dealStage.created", "dealStage.updated",
    {"pipeline_id": as_given, "name": line, "type": one_of(*DealStageType), "probability": count_of(0, 100), "next_ids": as_given},
    needed=("pipeline_id", "name", "type", "probability"), fixed=frozenset({"pipeline_id", "type"}), defaults={"next_ids": None},
    within=("pipeline_id",), kept=("pipeline_id", "type"), ordered=True,
)
JUNK_REASON = Entry(
    "JunkReason", "junk_reasons", "junkReason.created", "junkReason.updated",
    {"code": code, "name": line, "counts_in_conversion": flag, "trains_model": flag, "recycle_after_days": optional(DAYS)},
    fixed=frozenset({"code"}), made_of={"code": "name"}, unique=("code", "name"),
    defaults={"counts_in_conversion": True, "trains_model": True, "recycle_after_days": None},
)
CLOSE_REASON = Entry(
    "CloseReason", "close_reasons", "closeReason.created", "closeReason.updated", {"state": one_of(*CloseState), "code": code, "name": line},
    needed=("state", "name"), fixed=frozenset({"state", "code"}), made_of={"code": "name"}, unique=("code", "name"), within=("state",),
)
SOURCE = Entry(
    "Source", "sources", "source.created", "source.updated", {"name": line, "channel": one_of(*Channel), "queue_id": as_given},
    needed=("name", "channel"), defaults={"queue_id": None}, references={"queue_id": ("LeadQueue", "lead_queues")},
    uses=(Use("forms", "forms", "source_id", "{t}.is_active AND {t}.archived_at IS NULL"),),
)
PRODUCT = Entry(
    "Product", "products", "product.created", "product.updated", {"code": code, "name": line},
    fixed=frozenset({"code"}), made_of={"code": "name"}, unique=("code",),
)
TOPIC = Entry(
    "Topic", "topics", "topic.created", "topic.updated",
    {"code": small_code, "name": line, "kind": one_of(*TopicKind), "basis": one_of(*ConsentBasis), "expires_after_days": optional(DAYS)},
    needed=("name", "kind", "basis"), fixed=frozenset({"code"}), made_of={"code": "name"}, unique=("code", "name"), defaults={"expires_after_days": None},
    uses=(Use("sequences", "sequences", "topic_id", "{t}.state <> 'ARCHIVED' AND {t}.archived_at IS NULL"),),
)
SENDER = Entry(
    "Sender", "senders", "sender.created", "sender.updated",
    {"name": line, "channel": one_of(*SenderChannel), "address": line, "reply_to": optional(email), "bounce_address": optional(email),
     "tags_replies": flag, "is_default": flag, "owner_id": as_given, "provider": optional(one_of(*MailProvider)), "host": optional(line),
     "port": optional(count_of(1, 65535)), "login": optional(line), "security": optional(one_of(*MailSecurity)), "url": optional(line),
     "secret_key_id": as_given, "secret_ciphertext": as_given, "dkim_domain": as_given, "dkim_selector": as_given, "dkim_public": as_given,
     "dkim_key_id": as_given, "dkim_ciphertext": as_given, "failures": as_given, "failing_since": as_given, "retry_at": as_given, "last_error": as_given},
    needed=("name", "address"), fixed=frozenset({"channel"}),
    defaults={
        "channel": "EMAIL", "reply_to": None, "bounce_address": None, "tags_replies": False, "is_default": False, "provider": None, "host": None,
        "port": None, "login": None, "security": None, "url": None, "owner_id": None,
    },
    unique=("address",), one_default=(), uses=(Use("sequences", "sequences", "sender_id", "{t}.archived_at IS NULL"),),
    references={"owner_id": ("User", "users")},
)
TEAM = Entry("Team", "teams", "team.created", "team.updated", {"name": line}, uses=(Use("users", "users", "team_id"),))
TAG = Entry("Tag", "tags", "tag.created", "tag.updated", {"name": line, "color": optional(line)}, defaults={"color": None})
MEMBER_STATUS = Entry(
    "MemberStatus", "member_statuses", "memberStatus.created", "memberStatus.updated", {"code": code, "name": line, "responded": flag},
    fixed=frozenset({"code"}), made_of={"code": "name"}, unique=("code", "name"), defaults={"responded": False}, ordered=True,
)

ALL = {one.noun: one for one in (PIPELINE, LEAD_STATUS, DEAL_STAGE, JUNK_REASON, CLOSE_REASON, SOURCE, PRODUCT, TOPIC, TEAM, TAG, MEMBER_STATUS)}


def entry_of(noun: str) -> Entry:
    """The list whose entries are that noun."""
    return ALL[noun]
