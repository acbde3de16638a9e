"""JSON pointers (RFC 6901): where in a body a value stands. Pure."""

from typing import Any, cast

from leadwell.base.refusals import Refusal

LONGEST, DEEPEST = 500, 20


class BadPointer(Refusal):
    """"{pointer}" is no JSON pointer."""

    fix = "Write it like /person/emails/0/address; ~1 stands for / in a name and ~0 for ~."


def checked(pointer: str, field: str) -> str:
    """The pointer as it is. BadPointer."""
    tokens = pointer.split("/")
    fine = len(pointer) <= LONGEST and len(tokens) <= DEEPEST + 1 and tokens[0] == "" and "\0" not in pointer
    if not fine or any("~" in token.replace("~0", "").replace("~1", "") for token in tokens):
        raise BadPointer(field=field, pointer=pointer[:80])
    return pointer


def at(body: Any, pointer: str) -> Any:
    """The value there, None where there is none. "-" is the last of a list."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(body, dict):
            body = cast("dict[str, Any]", body).get(name)
        elif isinstance(body, list):
            items = cast("list[Any]", body)
            body = items[-1] if name == "-" and items else items[int(name)] if name.isascii() and name.isdigit() and int(name[:9]) < len(items) else None
        else:
            return None
    return body
