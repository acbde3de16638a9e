"""Values that are made by the dozen for one answer."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fixed(kind: type[T]) -> type[T]:
    """A dataclass with slots that nobody changes. The type checker holds us to that; one that is frozen holds itself to it, and takes several times as
    long to make."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
