"""Connections: asyncpg's pool with our codecs, and the same connection seen as a Tortoise client."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import asyncpg
import asyncpg.exceptions as pg
import orjson

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    PooledConnection = PoolConnectionProxy[asyncpg.Record]
else:
    PooledConnection = Any
# InternalClientError: a statement sent in the very moment in which the server's last word arrived. TimeoutError: no word within `Deadlines.answer_s`.
LOST = (
    asyncpg.InternalClientError, pg.PostgresConnectionError, pg.InterfaceError, pg.AdminShutdownError, pg.CrashShutdownError, pg.CannotConnectNowError,
    pg.IdleInTransactionSessionTimeoutError, ConnectionError, TimeoutError,
)


class Connection(asyncpg.Connection):
    """Only SET LOCAL is ever used, so there is nothing to reset when a connection goes back: one round trip saved each time."""

    def get_reset_query(self) -> str:
        return ""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Nobody listens on these connections either, so that only what was left open is to be undone."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)


# For plans that are kept for all workspaces (decision 24): pages that are read often are in memory, none farther than the next; and what one workspace
# asks for is found by an index, never by reading through the rows of all.
KEPT = {"random_page_cost": "1", "enable_seqscan": "off"}
watchers: list[Callable[[Any], None]] = []
"""Told of every statement of connections opened from now on: tracing in production, the workspace law in tests."""


def _encode(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


async def _prepare(connection: Any) -> None:
    for watcher in watchers:
        connection.add_query_logger(watcher)
    await connection.set_type_codec("jsonb", encoder=_encode, decoder=orjson.loads, schema="pg_catalog")
    # asyncpg's own codec takes the first and the last day of Python's calendar for -infinity and infinity
    await connection.set_type_codec("date", encoder=date.isoformat, decoder=date.fromisoformat, schema="pg_catalog")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. The server ends a statement after `statement_s`; where nothing is heard of it, because the network swallows everything,
    we give it up after `answer_s`. A new connection stands within `connect_s` or not at all."""

    statement_s: float = 30
    answer_s: float = 35
    connect_s: float = 10


async def open_pool(
    url: str, *, size: int = 10, least: int = 1, name: str = "leadwell", custom_plans: bool = False, prepared: bool = True, deadlines: Deadlines = Deadlines(),
) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool on `url`. `custom_plans` plans each statement anew: for workers, whose batches are worth it, because a plan made while the
    tables were empty is thirty times slower once they are not. Others keep theirs where that looks no
    dearer (`KEPT`). `prepared=False` names no statement: for a pooler that cannot keep them.
    `least` connections are made at once, the others when they are wanted."""
    return await asyncpg.create_pool(
        url, min_size=least, max_size=size, connection_class=Connection, init=_prepare,
        statement_cache_size=0 if not prepared else 300 if custom_plans else 150,   # 4 kB each here, and more in the server
        timeout=deadlines.connect_s, command_timeout=deadlines.answer_s, max_inactive_connection_lifetime=300,
        server_settings={
            "timezone": "UTC", "application_name": name, "statement_timeout": f"{int(deadlines.statement_s * 1000)}",
            "idle_in_transaction_session_timeout": "60000", "jit": "off",
            "max_parallel_workers_per_gather": "0",     # many small statements share the processors; and lists rely on order
            **({"plan_cache_mode": "force_custom_plan"} if custom_plans else KEPT),
        },
    )


def tortoise_client(client: Any, connection: Any) -> Any:
    """A Tortoise transaction client on a connection we opened ourselves (Tortoise's own loses it when BEGIN is cancelled)."""
    from tortoise.backends.asyncpg.client import TransactionWrapper

    wrapper = TransactionWrapper(client)
    wrapper._connection = connection  # pyright: ignore[reportPrivateUsage]
    return wrapper


def tortoise_credentials(url: str) -> dict[str, Any]:
    """The parts of a PostgreSQL URL as Tortoise's client takes them; a socket directory may stand in `?host=`."""
    from urllib.parse import parse_qsl, unquote, urlsplit

    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "host": parts.hostname or query.get("host"), "port": parts.port or int(query.get("port", 5432)), "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""), "database": parts.path.lstrip("/"),
    }
