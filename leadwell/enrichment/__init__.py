"""Enrichment: facts about people and companies filled in by providers, with provenance for every field."""

from leadwell.enrichment.asking import Answer, Lookup, Mapped, Question
from leadwell.enrichment.blend import Decision, Known, blend
from leadwell.enrichment.fields import FIELDS
from leadwell.enrichment.policies import BadPolicy, set_policy
from leadwell.enrichment.port import PersonFacts, Proposal, Provider
from leadwell.enrichment.previewing import Preview, preview
from leadwell.enrichment.providers import LOCAL
from leadwell.enrichment.providers.titles import read_title
from leadwell.enrichment.pushing import Pushed, Source, find_source, take_push
from leadwell.enrichment.refreshing import enqueue, forget, refresh_due
from leadwell.enrichment.sources import BadProvider, MadeProvider, NewProvider, ProviderExists, archive_provider, create_provider, update_provider
from leadwell.enrichment.suggestions import Decided, accept_suggestions, dismiss_suggestions
from leadwell.enrichment.turns import answered, failed, take_turn
from leadwell.enrichment.undoing import RunUndone, Undone, undo_of, undo_run
from leadwell.enrichment.verbs import EnrichResult, enrich_people

__all__ = [
    "FIELDS", "LOCAL", "Answer", "BadPolicy", "BadProvider", "Decided", "Decision", "EnrichResult", "Known", "Lookup", "MadeProvider", "Mapped",
    "NewProvider", "PersonFacts", "Preview", "Proposal", "Provider", "ProviderExists", "Pushed", "Question", "RunUndone", "Source", "Undone",
    "accept_suggestions", "answered", "archive_provider", "blend", "create_provider", "dismiss_suggestions", "enqueue", "enrich_people", "failed",
    "find_source", "forget", "preview", "read_title", "refresh_due", "set_policy", "take_push", "take_turn", "undo_of", "undo_run", "update_provider",
]  # fmt: skip
