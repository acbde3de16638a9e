"""A server on this machine that speaks as much of S3 as files need, and checks every signature by itself."""

import asyncio
import hashlib
import hmac
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY, SECRET, REGION = "tester", "se/cret+1", "eu-central-1"


class Bucket:
    """Objects by path, and what was refused."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refused: list[str] = []

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        if not _signed(request):
            self.refused.append(path)
            return Response(status_code=403)
        if request.method == "PUT":
            body = await request.body()
            if len(body) != int(request.headers["content-length"]):
                return Response(status_code=400)
            self.objects[path] = body
            return Response()
        if request.method == "DELETE":
            self.objects.pop(path, None)
            return Response(status_code=204)
        return Response(self.objects[path]) if path in self.objects else Response(status_code=404)


def _signed(request: Request) -> bool:
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})",
        request.headers.get("authorization", ""))
    if not found or (found[1], found[3]) != (KEY, REGION):
        return False
    _, day, region, names, signature = found.groups()
    lines = [request.method, request.scope["raw_path"].decode(), request.scope["query_string"].decode()]
    lines += [f"{name}:{request.headers[name]}" for name in names.split(";")] + ["", names, request.headers["x-amz-content-sha256"]]
    canonical = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    told = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], f"{day}/{region}/s3/aws4_request", canonical])
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, told.encode(), "sha256").hex(), signature)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Bucket, str]]:
    """The bucket, and the URL that settings name it by."""
    bucket = Bucket()
    app = Starlette(routes=[Route("/{path:path}", bucket.answer, methods=["GET", "PUT", "DELETE"])])
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield bucket, f"s3+http://{KEY}:se%2Fcret%2B1@127.0.0.1:{listening.getsockname()[1]}/files?region={REGION}"
    finally:
        server.should_exit = True
        await task
