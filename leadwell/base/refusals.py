"""Expected refusals: a class whose docstring is the sentence the user reads and whose name is the code."""

import inspect
import re
from typing import Any, ClassVar


class Refusal(Exception):
    """The request was refused."""

    code: ClassVar[str] = "REFUSAL"
    fix: str | None = None
    retryable: bool = False
    status: ClassVar[int] = 422

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()

    def __init__(self, *, field: str | None = None, fix: str | None = None, **params: Any) -> None:
        self.field, self.params = field, params
        self.fix = fix or self.fix
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The docstring's first paragraph, filled in with the parameters."""
        sentence = " ".join(inspect.cleandoc(self.__doc__ or "").split("\n\n")[0].split())
        return sentence.format_map(_Filled(self.params))

    @property
    def docs_path(self) -> str:
        return f"/docs/reference/errors#{self.code.lower().replace('_', '-')}"

    def as_dict(self) -> dict[str, Any]:
        """The one shape of an error in GraphQL, REST and CLI."""
        return {
            "code": self.code, "message": self.message, "field": self.field, "fix": self.fix,
            "retryable": self.retryable, "docsUrl": self.docs_path, "params": self.params,
        }


class _Filled(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


class Forbidden(Refusal):
    """You are not allowed to {verb} {noun}."""

    fix = "Ask an administrator for the permission, or use a key with that scope."
    status = 403


class NotFound(Refusal):
    """There is no such {noun}, or you may not see it."""

    status = 404


class StaleVersion(Refusal):
    """Someone changed this {noun} since you read it."""

    fix = "Read it again, apply your change, and send the new version."
    status = 409


class Unavailable(Refusal):
    """The service cannot answer right now."""

    fix = "Try again in a moment with the same idempotency key."
    retryable = True
    status = 503
