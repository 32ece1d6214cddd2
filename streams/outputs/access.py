"""Who may read at `[http] address`: who brings the token, or the cookie of a link to a board. Writing needs the token, always."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final
from urllib.parse import quote

from aiohttp import web

from streams.config import Secret
from streams.errors import ConfigError
from streams.outputs.links import Links
from streams.outputs.refused import PARTS
from streams.outputs.serving import Handler, Refusal, check_token

COOKIE: Final = "deskpulse_board"
LINK_PATH: Final = "/link/"
OPENED: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={address}">
<title>deskpulse</title>
<p><a href="{address}">Go on to the board</a></p>
</html>
"""
"""Not a redirect: behind one, a browser that came from another site would not send a cookie that is for this site alone."""


class Access:
    """token  None: everyone who reaches the address may read"""

    def __init__(self, token: Secret | None, links: Links | None) -> None:
        self._token = token
        self._links = links

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Reading needs the token or a cookie, where a token is configured. Ingest looks for itself."""
        open_ = request.method == "POST" or request.path.startswith(LINK_PATH) or request.path in PARTS
        if self._token is not None and not open_ and not self._by_link(request):
            check_token(request, self._token, basic=True)
        return await handler(request)

    def lasting(self, request: web.Request) -> Callable[[], bool]:
        """Whether who asked may still read: a link can be revoked while its board is open."""
        if self._token is None or not self._by_link(request):
            return lambda: True

        def still() -> bool:
            try:
                return self._by_link(request)
            except Refusal:  # the file cannot be read just now: who is in stays
                return True

        return still

    def _by_link(self, request: web.Request) -> bool:
        cookie = request.cookies.get(COOKIE)
        if self._links is None or cookie is None or "Authorization" in request.headers:
            return False
        try:
            return self._links.holds(cookie)
        except ConfigError as error:
            raise Refusal(503, "links", str(error)) from None

    async def open(self, request: web.Request) -> web.Response:
        """The address of a link: a cookie for it, and on to the board, at an address that says nothing."""
        try:
            opened = None if self._links is None else self._links.opened(request.match_info["word"])
        except ConfigError as error:
            raise Refusal(503, "links", str(error)) from None
        if opened is None:
            raise Refusal(404, "no_link", "this address is not good any more: `deskpulse board link NAME` makes a new one")
        body = OPENED.format(address=escape(f"/?board={quote(opened.board)}"))
        response = web.Response(text=body, content_type="text/html")
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        response.set_cookie(COOKIE, opened.cookie, max_age=opened.seconds, path="/", httponly=True, samesite="Strict", secure=secure)
        return response
