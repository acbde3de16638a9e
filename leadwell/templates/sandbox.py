"""The sandbox that sources are filled in in: counted, limited, with the snippets of the mail and nothing else to load. Slow to import."""

from functools import cache
from typing import Any

from liquid import Environment
from liquid.context import RenderContext
from liquid.loader import BaseLoader, TemplateSource
from liquid.template import BoundTemplate
from liquid.undefined import Undefined

from leadwell.templates.limits import MISSING, MOST_ITEMS, MOST_TEXT, SNIPPETS, CannotRender, guarded, spend


class Counted(RenderContext):
    """Every node asks for the tags that are disabled, which is where it is counted."""

    __slots__ = ("_disabled",)

    @property
    def disabled_tags(self) -> list[str]:
        spend()
        return self._disabled

    @disabled_tags.setter
    def disabled_tags(self, tags: list[str]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._disabled = tags


class Template(BoundTemplate):
    """Rendered with counting."""

    context_class = Counted


class Given(BaseLoader):
    """Snippets come with the words of the mail, from nowhere else."""

    def __init__(self, html: bool, watching: bool) -> None:
        self._html, self._watching = html, watching

    def get_source(self, env: Environment, template_name: str, *, context: RenderContext | None = None, **_: object) -> TemplateSource:
        source = SNIPPETS.get({}).get(template_name)
        if source is None:
            raise CannotRender(why=f"There is no snippet {template_name[:60]}.")
        return TemplateSource(source, template_name, None)

    def load(self, env: Environment, name: str, *, globals: Any = None, context: RenderContext | None = None, **_: object) -> BoundTemplate:
        from leadwell.templates.liquid import parsed

        return parsed(self.get_source(env, name).text, self._html, self._watching)


class Noted(Undefined):
    """Tells the preview what it had nothing for."""

    def __str__(self) -> str:
        if (missing := MISSING.get()) is not None:
            missing.append(str(self.hint or self.name).removesuffix(" is undefined").strip("'"))
        return ""


class Limited(Environment):
    """What a mail needs, and no more."""

    template_class = Template
    loop_iteration_limit = MOST_ITEMS
    output_stream_limit = MOST_TEXT
    local_namespace_limit = 100_000
    context_depth_limit = 20
    block_nesting_limit = 50


@cache
def sandbox(html: bool, watching: bool) -> Environment:
    made = Limited(autoescape=html, loader=Given(html, watching), undefined=Noted if watching else Undefined)
    made.filters = {name: guarded(name, filter) for name, filter in made.filters.items()}
    return made
