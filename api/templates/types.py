"""What templates answer beside themselves."""

import strawberry

from leadwell import delivery


@strawberry.type(description="Something about a template that is worth a look.")
class TemplateProblem:
    part: str = strawberry.field(description="subject, html or text.")
    code: str = strawberry.field(description="What it is, for programs.")
    message: str = strawberry.field(description="What it is, in words.")
    fix: str = strawberry.field(description="What to do about it.")

    @classmethod
    def of(cls, problem: delivery.Problem) -> "TemplateProblem":
        return cls(part=problem.part, code=problem.code, message=problem.message, fix=problem.fix)


@strawberry.type(description="A template as one person would get it.")
class TemplatePreview:
    subject: str = strawberry.field(description="The subject.")
    html: str = strawberry.field(description="The HTML part, cleaned.")
    text: str = strawberry.field(description="The plain-text part.")
