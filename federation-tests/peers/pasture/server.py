"""The verify tool of the Fediverse Pasture, unchanged, on loopback. Ends when its standard input closes."""

import asyncio
import logging
import os
import socket
import sys

import aiohttp
import aiohttp.connector
from fediverse_pasture.verify_actor import build_app
from hypercorn.asyncio import serve
from hypercorn.config import Config

# Names below `localhost` are this machine, as RFC 6761 says and not every system's resolver does.
_getaddrinfo = socket.getaddrinfo


def _local(host, *rest, **named):
    if isinstance(host, str) and host.endswith(".localhost"):
        host = "127.0.0.1"
    return _getaddrinfo(host, *rest, **named)


socket.getaddrinfo = _local
aiohttp.connector.DefaultResolver = aiohttp.ThreadedResolver


async def main():
    # It keeps the keys of its actors in the folder where it runs.
    app = build_app(False, os.environ["PASTURE_DOMAIN"], False, 240.0)
    logging.disable(logging.WARNING)
    config = Config()
    # Open before anybody is told: the server says that it serves before it listens.
    listener = socket.create_server(("127.0.0.1", int(os.environ["PASTURE_PORT"])))
    config.bind = [f"fd://{listener.fileno()}"]
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.run_in_executor(None, lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)))
    print("ready", flush=True)
    await serve(app, config, shutdown_trigger=ended.wait)


asyncio.run(main())
