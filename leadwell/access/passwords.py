"""Passwords: argon2id in a thread, two at a time, and as slow for an unknown user as for a known one."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from leadwell.access.refusals import PasswordTooWeak

LEAST = 10
LONGEST = 1024
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_busy = asyncio.Semaphore(2)


async def hashed(password: str) -> str:
    """The hash to store; PasswordTooWeak when it is shorter than LEAST."""
    if not LEAST <= len(password) <= LONGEST:
        raise PasswordTooWeak(field="password", least=LEAST)
    async with _busy:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; without a stored hash it takes as long and is wrong."""
    async with _busy:
        return await asyncio.to_thread(_verify, stored, password[:LONGEST])


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
