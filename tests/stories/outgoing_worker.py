"""A worker whose sandboxes speak to the mail server and the endpoints of the test, so that a story can move time and have a server refuse its mail."""

import asyncio

from leadwell.base.settings import load_settings
from leadwell.wiring import Kit, Reach
from workers.run import serve


async def ready(kit: Kit) -> None:
    kit.sandbox = Reach(kit.mailer, kit.webhooks, kit.ads, kit.lookup)


if __name__ == "__main__":
    import logging

    logging.basicConfig(level=logging.INFO)
    asyncio.run(serve(load_settings(), ready))
