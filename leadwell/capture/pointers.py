"""JSON pointers, as feeds use them."""

from leadwell.base.pointers import BadPointer, at, checked

__all__ = ["BadPointer", "at", "checked"]
