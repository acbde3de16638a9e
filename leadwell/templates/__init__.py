"""Templates: words in Liquid with snippets and layouts, looked over when they are kept, limited at work, the same in previews and in mail."""

from leadwell.templates.facts import facts, facts_of
from leadwell.templates.known import Known, known
from leadwell.templates.limits import CannotRender
from leadwell.templates.lint import Problem, lint, looked_over, warnings
from leadwell.templates.parts import parts_of
from leadwell.templates.pieces import archive_piece, create_layout, create_snippet, update_piece
from leadwell.templates.plain_text import plain_text
from leadwell.templates.previewing import Preview, preview, words_of
from leadwell.templates.refusals import TemplateBroken, TemplateEmpty, TemplateInUse, TemplateNameTaken, TemplateTooLong
from leadwell.templates.rendering import clean_html, words
from leadwell.templates.saving import Saved, all_problems, archive_template, checked, create_template, restore_template, unarchive_template, update_template
from leadwell.templates.uses import Use, uses
from leadwell.templates.variants import Significance, significance, variant_of
from leadwell.templates.words import Words

__all__ = [
    "CannotRender", "Known", "Preview", "Problem", "Saved", "Significance", "TemplateBroken", "TemplateEmpty", "TemplateInUse", "TemplateNameTaken",
    "TemplateTooLong", "Use", "Words", "all_problems",
    "archive_piece", "archive_template", "checked", "clean_html", "create_layout", "create_snippet", "create_template",
    "facts", "facts_of", "known", "lint", "looked_over", "parts_of", "plain_text", "preview", "restore_template", "significance", "unarchive_template",
    "update_piece", "update_template", "uses", "variant_of", "warnings", "words", "words_of",
]  # fmt: skip
