"""`GET /` and `/wallboard/...`: the files of the wallboard, as they lie in the package. Who has one asks whether it is still the same."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

from aiohttp import web

from streams.outputs.serving import NOTHING_HERE, Refusal, compressed

PREFIX: Final = "/wallboard/"
INDEX: Final = "index.html"
CONTENT_TYPES: Final = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "json": "application/json",
    "svg": "image/svg+xml",
    "LICENSE": "text/plain",
}
"""By what comes behind the last dot. What has no such type is not served."""


class File(NamedTuple):
    body: bytes
    content_type: str
    tag: str


class Files:
    """All of them, read once."""

    def __init__(self) -> None:
        folder = package_files("streams.outputs") / "wallboard"
        self._files = {path: _read(file) for path, file in _below(folder) if _kind(path) in CONTENT_TYPES}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self.index), web.get(f"{PREFIX}{{path:.+}}", self.file)]

    async def index(self, request: web.Request) -> web.Response:
        return self._answer(request, INDEX)

    async def file(self, request: web.Request) -> web.Response:
        return self._answer(request, request.match_info["path"])

    def _answer(self, request: web.Request, path: str) -> web.Response:
        file = self._files.get(path)
        if file is None:
            raise Refusal(404, "not_found", NOTHING_HERE)
        headers = {"ETag": f'"{file.tag}"', "Cache-Control": "no-cache"}
        if any(tag.value in (file.tag, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        charset = None if file.content_type in ("application/json", "image/svg+xml") else "utf-8"
        return compressed(web.Response(body=file.body, content_type=file.content_type, charset=charset, headers=headers))


def _below(folder: Traversable, path: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, f"{path}{entry.name}/")
        else:
            yield f"{path}{entry.name}", entry


def _read(file: Traversable) -> File:
    body = file.read_bytes()
    return File(body, CONTENT_TYPES[_kind(file.name)], sha256(body).hexdigest()[:16])


def _kind(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2]
