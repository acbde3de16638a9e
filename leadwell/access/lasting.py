"""What somebody lets happen later, to records that nobody has named yet: no more than they may do with every one of them."""

from collections.abc import Iterable

from leadwell.access.names import plural
from leadwell.access.sees import Sees
from leadwell.base.refusals import Forbidden

EVERY = "It reaches every record there will be. Leave it out, or ask an administrator for the permission on all rows."


def may_do(author: Sees, noun: str, verb: str, at: str) -> None:
    """Forbidden unless the author may do that with every row of a noun ("Lead"). `at`: where it stands in the input."""
    if not author.everywhere(noun, verb):
        raise Forbidden(field=at, noun=plural(noun), verb=verb, fix=EVERY)


def may_set(author: Sees, noun: str, fields: Iterable[str], at: str) -> None:
    """The same for setting fields, by their public names. Forbidden, FieldNotYours."""
    may_do(author, noun, "update", at)
    for name in fields:
        author.write(noun, name, f"{at}.{name}")
