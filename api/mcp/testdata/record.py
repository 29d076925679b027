"""Records what a client of Python's package mcp and the server of the tests say, as a transcript for TestTranscripts.

    go test -c -o server ./api/mcp
    python record.py ./server python-2026-07-28.txt     # mcp 2.3.0
    python record.py ./server python-2025-03-26.txt     # mcp 1.9.4, pydantic 2.10
"""

import asyncio
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

CALLS = [
    ("search", {"query": "take the lock"}),
    ("search", {"query": "take the lock", "k": 1, "tokens": 50, "path": ["lock"]}),
    ("search", {"query": "fail not_found"}),
    ("similar", {"path": "lock/file.go", "line": 12}),
    ("read", {"handle": "lock/file.go:10-12", "around": 1}),
    ("read", {"handle": "/etc/passwd"}),
    ("status", {}),
]


async def ask(session):
    """Asks for all that a server has. The client checks answers against the schemas."""
    tools = await session.list_tools()
    assert len(tools.tools) == 4, tools
    for name, arguments in CALLS:
        answer = await session.call_tool(name, arguments)
        failed = getattr(answer, "is_error", None) or getattr(answer, "isError", None)
        assert bool(failed) == ("fail" in str(arguments) or "passwd" in str(arguments)), answer
    resources = await session.list_resources()
    assert [r.name for r in resources.resources] == ["go"], resources
    await session.read_resource(resources.resources[0].uri)


async def main(server, transcript):
    env = {"LORADEX_TEST_MCP_TRANSCRIPT": transcript, "PATH": os.environ["PATH"]}
    parameters = StdioServerParameters(command=server, args=[], env=env)
    try:
        from mcp import Client
    except ImportError:
        async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            await ask(session)
    else:
        async with Client(parameters) as client:
            await ask(client)


asyncio.run(main(*sys.argv[1:]))
