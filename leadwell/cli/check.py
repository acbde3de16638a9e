"""One finding of `leadwell doctor`."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and how it is, with a fix where it is not well. `unreachable` tells a server that is down from one that is wrong."""

    name: str
    status: Status
    message: str
    fix: str = ""
    unreachable: bool = False

    def as_dict(self) -> dict[str, Any]:
        shown = asdict(self)
        shown.pop("unreachable")
        return shown
