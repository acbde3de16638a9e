"""The waterfall as data: per field its providers in order, with conditions; and when people are looked at again. Pure."""

from typing import Any

import msgspec

from leadwell.enrichment.blend import FLOOR


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One provider of a field; `when` is a filter over people, as lists take it."""

    provider: str
    when: dict[str, Any] | None = None

    @property
    def mark(self) -> str:
        """Equal for equal conditions."""
        return msgspec.json.encode(self.when, order="sorted").decode()


class Policy(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", forbid_unknown_fields=True):
    """Fields that are not named take every provider: ours first, then those outside, oldest first. `refresh_days`: how old the last look may
    become; missing: people are looked at again when something about them changed. `floor`: how sure a provider must be."""

    waterfall: dict[str, list[Step]] = {}
    refresh_days: int | None = None
    floor: float = FLOOR

    def steps(self, field: str, everybody: tuple[str, ...]) -> tuple[Step, ...]:
        """The providers of a field in order."""
        named = self.waterfall.get(field)
        return tuple(named) if named is not None else tuple(Step(code) for code in everybody)


SHIPPED = Policy()
"""What holds until a workspace sets its own."""
