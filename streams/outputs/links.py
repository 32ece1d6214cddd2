"""Links to boards: addresses for screens that have no keyboard, with the right to read and no other.

A file names them, each by the hashes of two words: that in the address, and that of the cookie which is given for it. Whoever reads the
file can open nothing with it, and a cookie does not tell the address. Boards read the file again when it changes.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from schemas.instants import rfc3339
from schemas.values import DAY_MS, SECOND_MS, EpochMs
from streams.errors import ConfigError

COOKIE_AGE_S: Final = 400 * 86_400
"""Longer is kept by no browser."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """id  what it is called, to be revoked by; until_ms None: until then. link, cookie: hashes"""

    id: str
    board: str
    made_ms: int
    until_ms: int | None
    link: str
    cookie: str


class Opened(NamedTuple):
    """What an address is exchanged for."""

    board: str
    cookie: str
    seconds: int


class Links:
    """Those in one file."""

    def __init__(self, path: Path, clock: Callable[[], EpochMs]) -> None:
        self.path = path
        self._clock = clock
        self._seen: tuple[int, int, int] | None = None
        self._known: tuple[Link, ...] = ()

    def all(self) -> Sequence[Link]:
        """In the order in which they were made; none where there is no file. Raises ConfigError."""
        try:
            found = self.path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen != self._seen:
                self._known = msgspec.json.decode(self.path.read_bytes(), type=tuple[Link, ...])
                self._seen = seen
        except FileNotFoundError:
            self._seen, self._known = None, ()
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot read the links ({error.strerror}): let this user read the file") from None
        except msgspec.DecodeError:
            raise ConfigError(f"{self.path}: this is no file of links: remove it, and make them anew with `deskpulse board link`") from None
        return self._known

    def make(self, board: str, days: int | None) -> tuple[Link, str]:
        """A new link, written to the file, and the word for its address: it is known to nobody but the caller. Raises ConfigError."""
        word, now_ms = secrets.token_urlsafe(32), self._clock()
        until_ms = None if days is None else now_ms + days * DAY_MS
        name = secrets.token_hex(4)
        link = Link(id=name, board=board, made_ms=now_ms, until_ms=until_ms, link=_hash(word), cookie=_hash(_cookie_of(word)))
        with self._alone():
            self._write([*self.all(), link])
        return link, word

    def revoke(self, name: str) -> Link | None:
        """Takes one out of the file; None: there is none of that id. Raises ConfigError."""
        with self._alone():
            links = self.all()
            gone = next((link for link in links if link.id == name), None)
            if gone is not None:
                self._write([link for link in links if link is not gone])
        return gone

    def opened(self, word: str) -> Opened | None:
        """What the address with that word is exchanged for. None: no such link, or not any more. Raises ConfigError."""
        link = self._one(lambda link: link.link, word)
        if link is None:
            return None
        left_s = COOKIE_AGE_S if link.until_ms is None else (link.until_ms - self._clock()) // SECOND_MS
        return Opened(link.board, _cookie_of(word), min(COOKIE_AGE_S, left_s))

    def holds(self, cookie: str) -> bool:
        """Whether it was given for a link that is still good. Raises ConfigError."""
        return self._one(lambda link: link.cookie, cookie) is not None

    def _one(self, of: Callable[[Link], str], word: str) -> Link | None:
        """That whose hash it is. Takes as long for a nearly right one as for any other."""
        hashed, now_ms = _hash(word), self._clock()
        fitting = [link for link in self.all() if hmac.compare_digest(of(link), hashed)]
        return next((link for link in fitting if link.until_ms is None or now_ms < link.until_ms), None)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Who reads the file to change it waits for whoever does so now: else a link that is revoked meanwhile would be written again."""
        with ExitStack() as held:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
                held.callback(os.close, handle)
                self._leave_to_owner(handle)
                fcntl.flock(handle, fcntl.LOCK_EX)
            except OSError as error:
                raise self._unwritten(error) from None
            yield

    def _write(self, links: Sequence[Link]) -> None:
        """In one step: a board that reads meanwhile has all of them, before or after."""
        written = self.path.with_name(f".{self.path.name}.new")
        try:
            handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                self._leave_to_owner(handle)
                file.write(msgspec.json.format(msgspec.json.encode(links), indent=1) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            written.replace(self.path)
        except OSError as error:
            raise self._unwritten(error) from None

    def _leave_to_owner(self, handle: int) -> None:
        """What root writes belongs to whom the folder belongs to: the boards run as that user, and have to read it."""
        if os.geteuid() == 0:
            owner = self.path.parent.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)

    def _unwritten(self, error: OSError) -> ConfigError:
        return ConfigError(f"{self.path}: cannot write the links ({error.strerror}): set http.links_file to a place where you can")


def told(link: Link) -> dict[str, str | None]:
    """What may be shown of it."""
    until = None if link.until_ms is None else rfc3339(EpochMs(link.until_ms))
    return {"id": link.id, "board": link.board, "made": rfc3339(EpochMs(link.made_ms)), "until": until}


def _hash(word: str) -> str:
    """Words are drawn, 256 bits of them: nothing has to be added against lists of hashes."""
    return sha256(word.encode("utf-8", "surrogateescape")).hexdigest()


def _cookie_of(word: str) -> str:
    """Who has the cookie does not have the address."""
    return _hash(f"cookie:{word}")
