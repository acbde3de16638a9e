"""What the catalog reads from the models."""

import pytest

from leadwell.base.amounts import from_minor, minor_of
from leadwell.base.ids import uuid7
from leadwell.catalog import CATALOG, BadCursor, BadOrder, Everything
from leadwell.catalog.nouns import Catalog, Noun
from leadwell.catalog.order import cursor_sql, digest, from_text, keys, read_cursor
from leadwell.catalog.statement import Statement
from models.columns import ToMany, ToOne
from models.registry import ALL, PUBLIC

TAGS = {
    "Person": 1, "Lead": 2, "Contact": 3, "Company": 4, "Deal": 5, "Activity": 6, "User": 7, "Pipeline": 8, "LeadStatus": 9, "DealStage": 10,
    "Source": 11, "Campaign": 12, "Task": 13, "Topic": 14, "Sequence": 15, "Enrollment": 16, "Send": 17, "Template": 18, "Tag": 19, "Product": 20,
    "Purchase": 21, "ScoringModel": 22, "Form": 23, "Submission": 24, "Conversion": 25, "WebhookEndpoint": 26, "WebhookDelivery": 27, "Segment": 28,
    "CampaignMember": 29, "ContactCompany": 30, "DealContact": 31, "PersonEmail": 32, "PersonPhone": 33, "Touchpoint": 34, "Consent": 35,
    "Suppression": 36, "JunkReason": 37, "Team": 38, "Role": 39, "Import": 40, "File": 41, "Sender": 42, "CustomField": 43, "LeadStatusSpan": 45,
    "DealStageSpan": 46, "FieldSuggestion": 47, "SequenceVersion": 48, "ScoringVersion": 49, "ScoreChange": 50, "EnrichmentRun": 51,
    "Merge": 60, "MergeRow": 61, "CloseReason": 70, "ExchangeRate": 71, "CompanyDomain": 72, "CompanyAlias": 73, "MeetingAttendee": 80, "Attachment": 81,
    "ConversionAmendment": 82, "Export": 86, "DuplicatePair": 90, "DuplicateSweep": 91, "MatchModel": 92, "Feed": 94, "MemberStatus": 95, "ChangeSet": 96,
    "EnrichmentPolicy": 100, "EnrichmentProvider": 101, "EnrichmentAnswer": 102,
    "Calendar": 120, "LeadQueue": 121, "LeadQueueMember": 122, "Territory": 123, "Absence": 124, "AssignmentDecision": 125, "ResponsePolicy": 126,
    "ResponseClock": 127, "Automation": 130, "AutomationVersion": 131, "AutomationRun": 132,
    "Predictor": 140, "CompanyScoreChange": 141,
    "SendWindow": 160, "SendLimit": 161, "Layout": 164, "Snippet": 165, "TemplateVersion": 166, "Broadcast": 167, "ClockAdvance": 180, "Simulation": 181,
    "Inbox": 190, "InboundMessage": 191,
    "PrivacyRequest": 210,
}  # fmt: skip


def test_tags_never_change_because_ids_hold_them() -> None:
    assert {n.name: n.tag for n in CATALOG} == TAGS


def test_two_nouns_cannot_share_a_tag() -> None:
    with pytest.raises(TypeError, match="share a tag"):
        Catalog([Noun(PUBLIC[0]), Noun(PUBLIC[0])])


def test_plain_fields_stay_private() -> None:
    for hidden in ("personId", "workspaceId", "budgetMinor", "currency"):
        assert hidden not in CATALOG["Lead"].columns
    assert "secretCiphertext" not in CATALOG["WebhookEndpoint"].columns
    assert "addressHash" not in CATALOG["Send"].columns


def test_every_field_and_relation_has_one_sentence() -> None:
    told = [(c.path, c.contract.doc) for n in CATALOG for c in n.columns.values()] + [(r.path, r.doc) for n in CATALOG for r in n.relations.values()]
    assert [path for path, doc in told if not doc.endswith(".") or "\n" in doc] == []


def test_relations_are_declared_on_public_nouns_alone() -> None:
    public = {m.__name__ for m in PUBLIC}
    assert all(not isinstance(x, ToOne | ToMany) for m in ALL if m.__name__ not in public for x in vars(m).values())


@pytest.mark.parametrize(("text", "currency", "minor"), [("10.50", "EUR", 1050), ("-3", "EUR", -300), ("7", "JPY", 7), ("1.234", "KWD", 1234), ("0", "EUR", 0)])
def test_amounts_keep_the_decimals_of_their_currency(text: str, currency: str, minor: int) -> None:
    assert minor_of(text, currency) == minor
    assert minor_of(from_minor(minor, currency), currency) == minor


def test_amounts_are_written_with_all_their_decimals() -> None:
    assert [from_minor(1050, "EUR"), from_minor(5, "JPY"), from_minor(-1, "KWD")] == ["10.50", "5", "-0.001"]


def test_a_cursor_of_garbage_is_refused_never_a_crash() -> None:
    s = Statement(Everything(uuid7()))
    ks = keys(s, CATALOG["Lead"], "t", [{"createdAt": "DESC"}])
    head = digest(s.viewer.workspace, "Lead", None, {})
    assert "$1" not in cursor_sql(ks, [k.sql for k in ks], "$9")
    for text in ("", "x", "é", "W10=", "WyJhIl0=", "bnVsbA==", "e30=", "WzFd"):
        with pytest.raises(BadCursor):
            read_cursor(text, head, ks)


@pytest.mark.parametrize(
    ("kind", "text"), [("int4", "99999999999"), ("int4", "1_0"), ("uuid", "x"), ("timestamptz", "2026-01-01 00:00:00"), ("bool", "x"), ("text", "a\0")]
)
def test_values_in_a_cursor_are_checked(kind: str, text: str) -> None:
    with pytest.raises(ValueError):
        from_text(kind, text)


def test_ids_come_last_and_in_the_direction_of_the_last_key() -> None:
    s = Statement(Everything(uuid7()))
    made = keys(s, CATALOG["Company"], "t", [{"name": "ASC"}, {"createdAt": "DESC"}])
    assert [k.order for k in made] == ["t.name", "t.created_at DESC", "t.id DESC"]
    assert [k.order for k in keys(s, CATALOG["Person"], "t", [{"name": "DESC"}])] == ["t.name DESC NULLS LAST", "t.id DESC"]
    assert [k.order for k in keys(s, CATALOG["Person"], "t", [{"name": "ASC_NULLS_FIRST"}])] == ["t.name NULLS FIRST", "t.id"]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({}, "orderBy: expects a list of at most 5 keys"),
        ([{"name": "ASC"}] * 6, "orderBy: expects a list of at most 5 keys"),
        (["name"], "orderBy.0: expects an object with one field"),
        ([{"name": "ASC"}, {}], "orderBy.1: name exactly one field"),
        ([{"nope": "ASC"}], "orderBy.0.nope: Lead is not sorted by this"),
        ([{"title": "ASC"}], "orderBy.0.title: Lead is not sorted by this"),
        ([{"name": "UP"}], "orderBy.0.name: expects one of ASC, DESC, ASC_NULLS_FIRST, DESC_NULLS_FIRST"),
        ([{"owner": "ASC"}], "orderBy.0.owner: Lead is not sorted by this"),
        ([{"owner": {"nope": "ASC"}}], "orderBy.0.owner.nope: User is not sorted by this"),
        ([{"tags": {"name": "ASC"}}], "orderBy.0.tags: name exactly one field of a to-one relation, at most 3 deep"),
    ],
)
def test_a_bad_order_is_refused_with_its_path(order: object, told: str) -> None:
    with pytest.raises(BadOrder) as caught:
        keys(Statement(Everything(uuid7())), CATALOG["Lead"], "t", order)
    assert f"{caught.value.params['path']}: {caught.value.params['why']}" == told


def test_an_order_follows_relations_three_deep_and_no_further() -> None:
    def nested(depth: int) -> dict[str, object]:
        return {"repeatOf": nested(depth - 1)} if depth else {"createdAt": "ASC"}

    s = Statement(Everything(uuid7()))
    assert keys(s, CATALOG["Lead"], "t", [nested(3)])[0].sql.count(".workspace_id = $1") == 3
    with pytest.raises(BadOrder):
        keys(s, CATALOG["Lead"], "t", [nested(4)])
