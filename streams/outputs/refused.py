"""A page for people who are told no: what is wrong, and what to do, to be read on a wall as well. Programs get it as JSON."""

from __future__ import annotations

from html import escape
from typing import Final

from aiohttp import web

from streams.outputs.serving import Handler, Refusal, of_http

STYLE_PATH, ICON_PATH = "/refused.css", "/wallboard/icon.svg"
PARTS: Final = frozenset({STYLE_PATH, ICON_PATH})
"""Of such a page; anybody may have them."""
PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>deskpulse: {what}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{icon}">
<link rel="stylesheet" href="{style}">
</head>
<body>
<main>
<h1>{what}</h1>
{remedy}<p class="quiet">deskpulse, {status}</p>
</main>
</body>
</html>
"""


@web.middleware
async def readable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A refusal is a page where a browser has asked for one; what is asked for as data is refused as data."""
    try:
        return await handler(request)
    except (Refusal, web.HTTPException) as error:
        if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
            raise
        return page_of(error if isinstance(error, Refusal) else of_http(error))


def page_of(refusal: Refusal) -> web.Response:
    """What messages say before their first colon is wrong, what comes after it is to be done."""
    what, _, remedy = str(refusal).partition(": ")
    text = PAGE.format(
        what=_sentence(what), remedy=remedy and f"<p>{_sentence(remedy)}</p>\n", status=refusal.status, style=STYLE_PATH, icon=ICON_PATH
    )
    return web.Response(text=text, status=refusal.status, headers=refusal.headers, content_type="text/html")


def _sentence(text: str) -> str:
    return escape(text[:1].upper() + text[1:])
