"""What the verbs of templates refuse."""

from leadwell.base.refusals import Refusal


class TemplateBroken(Refusal):
    """The {part} of the template does not work: {problem}"""


class TemplateNameTaken(Refusal):
    """There is a {noun} named {name} already."""

    fix = "Choose another name, or change the one that has it."


class BadSnippetName(Refusal):
    """"{name}" is no name that a template could call."""

    fix = "Take small letters, digits, - and _, such as footer-de; 60 at most."


class TemplateEmpty(Refusal):
    """The {part} of the template is empty."""


class TemplateTooLong(Refusal):
    """The {part} of the template is longer than {most} characters."""


class TemplateInUse(Refusal):
    """The {noun} is in use: {users}."""

    fix = "Take it out of these first."
    status = 409


class SnippetLoops(Refusal):
    """The snippet comes round to itself: {way}."""

    fix = "Take one of these calls out."
