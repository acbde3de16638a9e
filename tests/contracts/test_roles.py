"""Who may do what: every mutation as every role and as keys of narrow scope, against the grants; what is denied changes nothing."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from leadwell import workspaces
from leadwell.access import keys
from leadwell.base.actor import Actor
from leadwell.base.ids import encode_id, uuid7
from leadwell.base.tx import Database
from leadwell.catalog import CATALOG
from tests import sweep
from tests.doors.serving import asking, key_for, session_for
from tests.filling import Still, fill

API_KEY = 201
GUARDED = {  # not for who may do something with everything
    "apiKeys", "users", "roles", "teams", "webhookEndpoints", "workspaces", "jobs", "pipelines", "leadStatuses", "dealStages", "junkReasons", "closeReasons",
    "customFields", "topics", "senders", "exchangeRates", "enrichmentProviders", "inboxes",
    "calendars", "responsePolicies", "leadQueues", "territories", "absences", "automations", "sendWindows", "sendLimits", "audit",
}
LISTS = {
    "Pipeline": "pipelines", "LeadStatus": "leadStatuses", "DealStage": "dealStages", "JunkReason": "junkReasons", "CloseReason": "closeReasons",
    "Source": "sources", "Product": "products", "Topic": "topics", "Sender": "senders", "Team": "teams", "Tag": "tags",
    "MemberStatus": "memberStatuses", "Calendar": "calendars", "ResponsePolicy": "responsePolicies", "LeadQueue": "leadQueues", "Territory": "territories",
    "SendWindow": "sendWindows", "SendLimit": "sendLimits",
}

NEEDS: Mapping[str, tuple[str, str]] = {  # what each mutation needs, written down a second time
    "mergePeople": ("people", "merge"), "mergeCompanies": ("companies", "merge"), "unmerge": ("merges", "unmerge"),
    "logActivity": ("activities", "create"), "createLead": ("leads", "create"), "createLeads": ("leads", "create"), "createForm": ("forms", "create"),
    "replaySubmissions": ("submissions", "update"), "createCompany": ("companies", "create"), "updateCompany": ("companies", "update"),
    "updatePerson": ("people", "update"),
    "createContact": ("contacts", "create"), "updateContact": ("contacts", "update"), "linkContactToCompany": ("contacts", "update"),
    "createDeal": ("deals", "create"), "updateDeal": ("deals", "update"), "moveDeal": ("deals", "update"), "updateLead": ("leads", "update"),
    "setLeadStatus": ("leads", "update"), "assignLead": ("leads", "assign"), "acceptLead": ("leads", "update"), "rejectLead": ("leads", "update"),
    "junkLead": ("leads", "junk"), "reopenLead": ("leads", "reopen"), "convertLead": ("leads", "convert"), "convertLeads": ("leads", "convert"),
    "amendConversion": ("leads", "convert"), "recycleLead": ("leads", "create"), "createTask": ("tasks", "create"),
    "completeTask": ("tasks", "update"), "createSequence": ("sequences", "create"), "updateSequenceDraft": ("sequences", "update"),
    "publishSequence": ("sequences", "update"), "pauseSequence": ("sequences", "update"), "resumeSequence": ("sequences", "update"),
    "archiveSequence": ("sequences", "update"), "previewPublish": ("sequences", "update"), "resolveSend": ("sends", "update"),
    **dict.fromkeys(("enroll", "enrollByFilter", "unenroll", "removeFromSequence", "pauseEnrollment", "resumeEnrollment"), ("people", "enroll")),
    "createScoringModel": ("scoringModels", "create"), "draftScoringModel": ("scoringModels", "update"), "publishScoringModel": ("scoringModels", "update"),
    "makeScoringModelDefault": ("scoringModels", "update"), "rereadActivities": ("activities", "update"),
    "trainPredictor": ("predictors", "create"), "adoptPredictor": ("predictors", "update"),
    "createTemplate": ("templates", "create"), "sendEmail": ("sends", "create"),
    **dict.fromkeys(("createSnippet", "createLayout"), ("templates", "create")),
    **dict.fromkeys(("updateTemplate", "archiveTemplate", "unarchiveTemplate", "restoreTemplate", "sendTestMail", "updateSnippet", "archiveSnippet",
                     "updateLayout", "archiveLayout"), ("templates", "update")),
    **dict.fromkeys(("createSegment", "snapshotSegment"), ("segments", "create")), "createBroadcast": ("broadcasts", "create"),
    **dict.fromkeys(("updateSegment", "refreshSegment", "archiveSegment", "unarchiveSegment", "addToSegment", "removeFromSegment"), ("segments", "update")),
    **dict.fromkeys(("updateBroadcast", "scheduleBroadcast", "pauseBroadcast", "resumeBroadcast", "cancelBroadcast", "chooseBroadcastWinner",
                     "archiveBroadcast"), ("broadcasts", "update")),
    **dict.fromkeys(("addReadySequence", "copySequence"), ("sequences", "create")),
    "simulateSequence": ("simulations", "create"), "cancelSimulation": ("simulations", "update"), "createSandbox": ("workspaces", "create"),
    "removeSandbox": ("workspaces", "update"), "advanceClock": ("clock", "update"), "cancelClockAdvance": ("clock", "update"),
    **dict.fromkeys(("createSenderKey", "removeSenderKey", "testSender"), ("senders", "update")),
    "createInbox": ("inboxes", "create"), "updateInbox": ("inboxes", "update"),
    **dict.fromkeys(("assignInboundMessage", "dismissInboundMessage"), ("inboundMessages", "update")),
    "suppressAddress": ("suppressions", "create"), "liftSuppression": ("suppressions", "update"), "setMailTracking": ("people", "update"),
    "recordConsent": ("consents", "create"), "withdrawConsent": ("consents", "create"),
    "createWebhookEndpoint": ("webhookEndpoints", "create"),
    "rotateWebhookSecret": ("webhookEndpoints", "update"), "disableWebhookEndpoint": ("webhookEndpoints", "update"),
    "enableWebhookEndpoint": ("webhookEndpoints", "update"), "replayWebhookDelivery": ("webhookEndpoints", "update"),
    "updateWebhookEndpoint": ("webhookEndpoints", "update"), "archiveWebhookEndpoint": ("webhookEndpoints", "update"),
    "replayWebhookDeliveries": ("webhookEndpoints", "update"), "triggerWebhook": ("webhookEndpoints", "update"),
    "replayJobs": ("jobs", "update"), "cancelJobs": ("jobs", "update"), "createApiKey": ("apiKeys", "create"), "revokeApiKey": ("apiKeys", "revoke"),
    **dict.fromkeys(("updateApiKey", "rotateApiKey"), ("apiKeys", "update")),
    "createUser": ("users", "create"), "createSignInLink": ("users", "invite"), "changePassword": ("users", "read"),
    "markNotificationsRead": ("users", "read"), "setDigest": ("users", "read"),
    "updateWorkspaceSettings": ("workspaces", "update"), "updateSendingRules": ("workspaces", "update"), "updateWorkspace": ("workspaces", "update"),
    **{"create" + noun: (nouns, "create") for noun, nouns in LISTS.items()},
    **{verb + noun: (nouns, "update") for noun, nouns in LISTS.items() for verb in ("update", "archive", "unarchive")},
    "reorderLeadStatuses": ("leadStatuses", "update"), "reorderDealStages": ("dealStages", "update"),
    "archiveCompany": ("companies", "update"), "unarchiveCompany": ("companies", "update"), "addCompanyDomain": ("companies", "update"),
    "removeCompanyDomain": ("companies", "update"), "addCompanyAlias": ("companies", "update"), "removeCompanyAlias": ("companies", "update"),
    "endContactCompany": ("contacts", "update"), "archiveContact": ("contacts", "update"), "unarchiveContact": ("contacts", "update"),
    "winDeal": ("deals", "update"), "loseDeal": ("deals", "update"), "reopenDeal": ("deals", "update"), "archiveDeal": ("deals", "update"),
    "unarchiveDeal": ("deals", "update"), "putDealContact": ("deals", "update"), "removeDealContact": ("deals", "update"),
    "setDealProducts": ("deals", "update"),
    "defineCustomField": ("customFields", "create"), "updateCustomField": ("customFields", "update"), "archiveCustomField": ("customFields", "update"),
    "unarchiveCustomField": ("customFields", "update"), "tagRecords": ("leads", "update"), "untagRecords": ("leads", "update"),  # of what the records are
    "mergeTags": ("tags", "update"), "recordPurchase": ("purchases", "create"), "settlePurchase": ("purchases", "update"),
    "setExchangeRate": ("exchangeRates", "update"), "createRole": ("roles", "create"), "updateRole": ("roles", "update"), "updateUser": ("users", "update"),
    **dict.fromkeys(("archiveUser", "unarchiveUser"), ("users", "update")), "endSessions": ("users", "read"),
    **dict.fromkeys(("inviteUser", "resendInvitation", "revokeInvitation"), ("users", "invite")),
    **dict.fromkeys(("putIdentityProvider", "removeIdentityProvider"), ("workspaces", "update")),
    "dismissDuplicate": ("duplicatePairs", "update"), "reopenDuplicate": ("duplicatePairs", "update"), "updateMatchModel": ("matchModels", "update"),
    "startDuplicateSweep": ("matchModels", "update"), "learnMatchWeights": ("matchModels", "update"),
    **dict.fromkeys(("createNote", "logActivities"), ("activities", "create")),
    **dict.fromkeys(("correctActivity", "reviseNote", "pinNote"), ("activities", "update")),
    **dict.fromkeys(("assignTask", "cancelTask", "reopenTask", "snoozeTask", "updateTask"), ("tasks", "update")), "scheduleMeeting": ("tasks", "create"),
    **{verb + "Meeting": ("tasks", "update") for verb in ("cancel", "hold", "miss", "reschedule", "update")},
    **{verb + "Form": ("forms", "update") for verb in ("update", "archive", "unarchive")}, "editSubmission": ("submissions", "update"),
    "createFeed": ("feeds", "create"), **{verb + "Feed": ("feeds", "update") for verb in ("update", "archive", "unarchive")},
    "createCampaign": ("campaigns", "create"), **{verb + "Campaign": ("campaigns", "update") for verb in ("update", "archive", "unarchive")},
    **dict.fromkeys(("addCampaignMembers", "setCampaignMemberStatus", "removeCampaignMembers"), ("campaigns", "update")),
    "reorderMemberStatuses": ("memberStatuses", "update"), "reorderTerritories": ("territories", "update"),
    **dict.fromkeys(("putQueueMember", "removeQueueMember"), ("leadQueues", "update")), "addAbsence": ("absences", "create"),
    "endAbsence": ("absences", "update"), "createAutomation": ("automations", "create"),
    **dict.fromkeys(("draftAutomation", "publishAutomation", "pauseAutomation", "resumeAutomation"), ("automations", "update")),
    **dict.fromkeys(("claimLead", "completeWork", "snoozeWork"), ("leads", "update")), "routeLead": ("leads", "assign"),
    "createUpload": ("files", "create"), "attachFile": ("files", "update"), "detachFile": ("files", "update"),
    "createImport": ("imports", "create"), "startImport": ("imports", "create"), "cancelImport": ("imports", "update"), "revertImport": ("imports", "delete"),
    **dict.fromkeys(("previewChangeSet", "createChangeSet", "previewTransferOwnership", "transferOwnership"), ("users", "read")),  # and then that of the action
    **dict.fromkeys(("cancelChangeSet", "revertChangeSet"), ("leads", "assign")),  # of the action of the set at hand
    **dict.fromkeys(("createView", "updateView", "shareView", "archiveView"), ("users", "read")), "upsertLeads": ("leads", "create"),
    **dict.fromkeys(("updateLeads", "updateLeadsWhere"), ("leads", "update")),
    **dict.fromkeys(("acceptSuggestions", "dismissSuggestions", "enrich", "undoEnrichmentRun"), ("people", "update")),
    "createEnrichmentProvider": ("enrichmentProviders", "create"),
    **dict.fromkeys(("updateEnrichmentProvider", "archiveEnrichmentProvider", "unarchiveEnrichmentProvider", "setEnrichmentPolicy"),
                    ("enrichmentProviders", "update")),
    "erasePerson": ("people", "erase"), **dict.fromkeys(("exportPerson", "linkPersonExport"), ("people", "export")), "setRetention": ("workspaces", "update"),
    "createExport": ("exports", "create"), "cancelExport": ("exports", "update"), "linkExport": ("exports", "create"),
}  # fmt: skip

ALSO: Mapping[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("attachFile", "detachFile"), (("leads", "update"),)),  # what the file goes on, or comes off, is changed
    **dict.fromkeys(("previewChangeSet", "createChangeSet"), (("leads", "assign"),)),  # the action asked for here
    "createImport": (("leads", "create"), ("leads", "update")),
    "revertImport": (("leads", "create"), ("leads", "update")),   # it takes back what leads the import made
}


def allowed(grants: Mapping[str, Any], noun: str, verb: str) -> bool:
    """The rule of grants, written down a second time."""
    verbs, wide = grants.get(noun, {}).get("verbs"), grants.get("*", {}).get("verbs", [])
    if verbs is not None:
        return verb in verbs or "*" in verbs
    return "*" in wide or (verb in wide and (noun not in GUARDED or verb == "read"))


async def furnished(db: Database, workspace: UUID) -> dict[str, str]:
    """A record of each noun, as the API shows its id."""
    rows = await db.run(Actor.system(workspace), lambda tx: fill(tx, "OWN"))
    key = await keys.create_key(db, workspace, "Other")
    found = {noun.name: encode_id(noun.tag, rows[noun.table]["id"]) for noun in CATALOG}
    return {**found, **sweep.comers(rows), "Job": str(rows["work"]["id"]), "ApiKey": encode_id(API_KEY, key.record.id)}


async def answers(app: Starlette, token: str, records: dict[str, str], names: Iterable[str]) -> dict[str, Any]:
    """What each mutation answers the holder of a token; smallest valid inputs."""
    found: dict[str, Any] = {}
    async with asking(app, token) as client:
        for name in names:
            field = sweep.mutation_fields()[name]
            arguments = sweep.Inputs(records, uuid7().hex).arguments(name, field)
            found[name] = (await client.post("/graphql", json={"query": sweep.document("mutation", name, field, arguments, 2), "variables": arguments})).json()
    return found


def forbidden(body: Any) -> bool:
    errors = body.get("errors") or []
    payload = next(iter((body.get("data") or {}).values()), None) or {}
    return any(e["extensions"].get("code") == "FORBIDDEN" for e in errors) or any(e["code"] == "FORBIDDEN" for e in payload.get("userErrors", []))


def test_every_mutation_has_its_line() -> None:
    assert set(NEEDS) == set(sweep.mutation_fields())


@pytest.mark.parametrize(("role", "grants"), [(code, grants) for code, _, grants in workspaces.ROLES])
async def test_role_does_what_its_grants_say_and_no_more(app: Starlette, db: Database, workspace: UUID, role: str, grants: Mapping[str, Any]) -> None:
    records = await furnished(db, workspace)
    _, token = await session_for(db, workspace, role)
    may = {name for name, need in NEEDS.items() if all(allowed(grants, *one) for one in (need, *ALSO.get(name, ())))}
    still = await Still.of(db, workspace)
    denied = await answers(app, token, records, sorted(set(NEEDS) - may))
    assert [name for name, body in denied.items() if not forbidden(body)] == []
    assert await still.changed() == set()
    granted = await answers(app, token, records, sorted(may))
    assert [name for name, body in granted.items() if forbidden(body)] == []


@pytest.mark.parametrize("need", sorted(set(NEEDS.values()) - {("users", "read")}), ids=":".join)
async def test_key_of_one_scope_does_that_and_no_more(app: Starlette, db: Database, workspace: UUID, need: tuple[str, str]) -> None:
    records = await furnished(db, workspace)
    names, others = [n for n, wanted in NEEDS.items() if wanted == need], sorted({":".join(w) for w in NEEDS.values() if w != need})
    also = {":".join(one) for name in names for one in ALSO.get(name, ())}
    narrow, wide = await key_for(db, workspace, "*:read", ":".join(need), *also), await key_for(db, workspace, "*:read", *others)
    still = await Still.of(db, workspace)
    denied = await answers(app, wide, records, names)
    assert [name for name, body in denied.items() if not forbidden(body)] == []
    assert await still.changed() == set()
    granted = await answers(app, narrow, records, names)
    assert [name for name, body in granted.items() if forbidden(body)] == []


async def test_reading_key_changes_nothing_whatever_it_tries(app: Starlette, db: Database, workspace: UUID) -> None:
    records, key = await furnished(db, workspace), await key_for(db, workspace, "*:read")
    still = await Still.of(db, workspace)
    found = await answers(app, key, records, NEEDS)
    assert [name for name, body in found.items() if not sweep.refused(body)] == []
    assert await still.changed() == set()
