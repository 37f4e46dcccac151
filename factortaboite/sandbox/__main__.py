"""`python -m factortaboite.sandbox --port N [--smtp-port M] [--mailbox DIR]`: runs until it is told to stop."""

import argparse
import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from factortaboite.sandbox.app import Sandbox, serving
from factortaboite.sandbox.mailbox import Mailbox, receiving
from factortaboite.sandbox.returned import returning


async def run(host: str, port: int, smtp_port: int | None, imap_port: int | None, mailbox_directory: Path) -> None:
    stop = asyncio.Event()
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop_signal, stop.set)
    mailbox = Mailbox(mailbox_directory) if smtp_port is not None else None
    async with AsyncExitStack() as stack:
        if mailbox:
            await stack.enter_async_context(receiving(mailbox, host, smtp_port or 0))
        if mailbox and imap_port is not None:
            await stack.enter_async_context(returning(mailbox.returned, host, imap_port))
        address = await stack.enter_async_context(serving(Sandbox(mailbox), host, port))
        print(address, flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="factortaboite.sandbox", description="The outside world, simulated.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--smtp-port", type=int)
    parser.add_argument("--imap-port", type=int, help="where mail that bounced is read; needs --smtp-port")
    parser.add_argument("--mailbox", type=Path, default=Path("var/mailbox"))
    arguments = parser.parse_args()
    asyncio.run(run(arguments.host, arguments.port, arguments.smtp_port, arguments.imap_port, arguments.mailbox))


if __name__ == "__main__":
    main()
