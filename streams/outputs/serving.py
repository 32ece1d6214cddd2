"""What all HTTP of this program has in common: refusals as JSON, security headers, the token, and listening at an address."""

from __future__ import annotations

import base64
import errno
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp.http import HttpProcessingError

from streams.config import Secret
from streams.errors import AddressInUse, ConfigError, Unreachable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("deskpulse.http")

COMPRESSED_BYTES_MIN: Final = 4096
HEADERS: Final = {
    # Nothing from elsewhere, nothing inline, no forms; the page may be shown in a frame of its own site only.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

NOTHING_HERE: Final = (
    "there is nothing at this address: the wallboard is at / of http.address, health and /metrics are at metrics.address; "
    "/api/v1/openapi.json names the rest"
)


class OfClients(logging.Filter):
    """Leaves out what clients do wrong, or who goes in the middle: whoever reaches the address could fill the log with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError | ConnectionError)


log.addFilter(OfClients())


class Refusal(Exception):
    """An answer that is no: `status`, a word for programs, a line for people."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """headers  of the answer; more: further fields of its JSON"""
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = headers or {}
        self.more = more or {}

    def response(self) -> web.Response:
        return json_response({"reason": self.reason, "error": str(self), **self.more}, status=self.status, headers=self.headers)


def of_http(error: web.HTTPException) -> Refusal:
    """What aiohttp says in our words."""
    reason = {404: "not_found", 405: "wrong_method", 413: "too_large"}.get(error.status, "refused")
    headers = {name: value for name, value in error.headers.items() if name in ("Allow", "Location")}
    return Refusal(error.status, reason, NOTHING_HERE if error.status == 404 else error.reason, headers=headers)


def json_response(document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(document), status=status, headers=headers, content_type="application/json")


def quoted(text: str) -> str:
    """What somebody asked for, as we repeat it: short, and always text."""
    return f'"{text[:80].encode("utf-8", "replace").decode()}"'


def compressed(response: web.Response) -> web.Response:
    """The same, compressed where the client takes that and it is worth it. aiohttp does it in a thread: 1 MB costs some 20 ms."""
    if isinstance(response.body, bytes) and len(response.body) >= COMPRESSED_BYTES_MIN:
        response.enable_compression()
    return response


@web.middleware
async def polite(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer has the security headers, and every refusal says why in JSON."""
    try:
        response = await handler(request)
    except Refusal as refusal:
        response = refusal.response()
    except web.HTTPException as error:  # of aiohttp's own: no such path, wrong method, body too large
        response = of_http(error).response()
    except web.RequestPayloadError:
        response = Refusal(400, "bad_body", "the body is not encoded as its headers say", headers={"Connection": "close"}).response()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def token_of(request: web.Request, *, basic: bool) -> str | None:
    """The token a request brings: as bearer, or where `basic` as the password of any user, which is what a browser can send."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if basic and scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
        except ValueError:  # no base64, or no text in it
            return None
    return None


def check_token(request: web.Request, token: Secret, *, basic: bool) -> None:
    """Raises Refusal 401 unless the request brings `token`. Takes as long for a nearly right one as for any other."""
    brought = token_of(request, basic=basic)
    if brought is None or not hmac.compare_digest(brought.encode("utf-8", "surrogateescape"), token.reveal().encode()):
        challenge = 'Basic realm="deskpulse", charset="UTF-8"' if basic else 'Bearer realm="deskpulse"'
        said = "no token" if brought is None else "wrong token"
        browser = ", or in a browser the token as the password of any user" if basic else ""
        remedy = f"send the header Authorization: Bearer TOKEN{browser}"
        raise Refusal(401, "unauthorized", f"{said}: {remedy}", headers={"WWW-Authenticate": challenge})


class Listener:
    """An application that listens at an address: start(), then close()."""

    def __init__(self, app: web.Application, host: str, port: int, section: str) -> None:
        """section  of the configuration that names the address, for what messages say; port 0: any that is free"""
        self._runner = web.AppRunner(app, access_log=None, logger=log, shutdown_timeout=1.0)
        self._host = host
        self._port = port
        self._section = section
        self.address = ""
        """HOST:PORT once it listens."""

    async def start(self) -> None:
        """Raises AddressInUse, ConfigError, Unreachable."""
        await self._runner.setup()
        where = f"{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                hint = f"stop it, or take another port: --{self._section}-port, or {self._section}.address"
                raise AddressInUse(f"{where} is in use by another process: {hint}") from None
            if error.errno in (errno.EACCES, errno.EADDRNOTAVAIL):
                why = "ports below 1024 need rights" if error.errno == errno.EACCES else "it is no address of this machine"
                raise ConfigError(f"{self._section}.address is {where}: cannot listen there: {why}") from None
            raise Unreachable(f"cannot listen at {where} ({error.strerror or error}): correct {self._section}.address") from None
        host, port = self._runner.addresses[0][:2]
        self.address = f"{f'[{host}]' if ':' in host else host}:{port}"

    async def close(self) -> None:
        await self._runner.cleanup()
