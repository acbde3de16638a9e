"""The development mailbox as a process of its own, so that a measurement of delivery does not pay for it."""

import asyncio
import sys

from leadwell.embedded.mail_server import MailServer


async def main(folder: str) -> None:
    async with MailServer(folder) as server:
        print(server.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
