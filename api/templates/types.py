"""What templates answer beside themselves."""

from typing import Any

import strawberry

from leadwell import templates


@strawberry.type(description="Something about a template that is worth a look.")
class TemplateProblem:
    part: str = strawberry.field(description="subject, html or text.")
    code: str = strawberry.field(description="What it is, for programs.")
    message: str = strawberry.field(description="What it is, in words.")
    fix: str = strawberry.field(description="What to do about it.")
    line: int | None = strawberry.field(description="Line in the part, from 1; null: the part as a whole.")
    column: int | None = strawberry.field(description="Column in the line, from 1.")
    severity: str = strawberry.field(description="ERROR keeps it from being saved, WARNING from being used in some places, HINT from nothing.")

    @classmethod
    def of(cls, problem: templates.Problem) -> "TemplateProblem":
        return cls(
            part=problem.part, code=problem.code, message=problem.message, fix=problem.fix, line=problem.line, column=problem.column,
            severity=problem.severity)


@strawberry.type(description="A template as one person would get it.")
class TemplatePreview:
    subject: str = strawberry.field(description="The subject.")
    html: str = strawberry.field(description="The HTML part, cleaned.")
    text: str = strawberry.field(description="The plain-text part.")
    missing: list[str] = strawberry.field(description="Variables it shows for which nothing is known of the person; give them a default.")

    @classmethod
    def of(cls, preview: templates.Preview) -> "TemplatePreview":
        return cls(subject=preview.subject, html=preview.html, text=preview.text, missing=list(preview.missing))


@strawberry.type(description="A record that uses something and would miss it.")
class UsedBy:
    noun: str = strawberry.field(description="What it is: Sequence, Broadcast, Template, Snippet, Layout, Segment or Automation.")
    name: str = strawberry.field(description="Its name.")

    @classmethod
    def of(cls, use: Any) -> "UsedBy":
        return cls(noun=use.noun, name=use.name)
