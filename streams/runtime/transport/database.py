"""The SQLite file of an embedded log: its tables, how it is opened, and what its errors mean. Synchronous."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.errors import StateCorrupt, StateVersionError, StorageFull, Unreachable

FILE = "log.db"
LOCK = "worker.lock"
VERSION = 1

# `chunk` holds records as they were appended, many to a row; `span` says which offsets a partition has, also when all of them
# are trimmed. `row` is what a shard restores; `tail` are rows that others follow, in the order of their last change.
SCHEMA = """
create table if not exists topic(id integer primary key, name text not null unique, partitions integer not null);
create table if not exists span(topic integer, part integer, start integer not null, end integer not null,
    primary key(topic, part)) without rowid;
create table if not exists chunk(topic integer, part integer, off integer, n integer not null, at_ms integer not null,
    records blob not null, primary key(topic, part, off));
create table if not exists owner(app text, part integer, epoch integer not null, primary key(app, part)) without rowid;
create table if not exists position(app text, topic integer, part integer, off integer not null,
    primary key(app, topic, part)) without rowid;
create table if not exists row(topic integer, part integer, key blob, value blob not null, primary key(topic, part, key)) without rowid;
create table if not exists tail(topic integer, part integer, key blob, value blob, seq integer not null,
    primary key(topic, part, key)) without rowid;
create unique index if not exists tail_seq on tail(seq);
"""

FREE_BYTES_MIN = 64 << 10  # SQLite takes room for its index 32 KiB at a time
BUSY_MS = 10_000  # another process appends or trims: that takes milliseconds


def connect(directory: Path) -> sqlite3.Connection:
    """A connection to the log in `directory`, which is made where it is missing. Raises Unreachable, StateVersionError."""
    with clear_errors(directory):
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable(f"{directory}: {os.strerror(error.errno or 0)}: choose another directory for `log`") from None
        # Each connection is used by one thread at a time, not always by the same.
        db = sqlite3.connect(directory / FILE, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000, cached_statements=256)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma cache_size = -65536")
        found = db.execute("pragma user_version").fetchone()[0]
        if found > VERSION:
            raise StateVersionError(f"{directory / FILE} has version {found}, this program reads up to {VERSION}: start the newer release")
        if found < VERSION:
            with transaction(db):
                for statement in SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"pragma user_version = {VERSION}")
        return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Takes the right to write at once, so that two writers wait for each other instead of failing."""
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:  # SQLite has ended it already after some errors, a full disk among them
            db.execute("rollback")
        raise


@contextmanager
def clear_errors(directory: Path) -> Iterator[None]:
    """Turns what SQLite raises into what the operator can do about it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        # Of the few pages of its index in shared memory SQLite says only that they cannot be written.
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(directory)):
            raise StorageFull(f"the disk of {directory} is full: make room; nothing that was acknowledged is lost") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Unreachable(f"{directory / FILE} is held by another program for over {BUSY_MS // 1000} s: end that one") from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StateCorrupt(f"{directory / FILE} is damaged ({error}): keep a copy, and restore it from a backup") from error
        raise Unreachable(f"{directory / FILE}: {error}: is the directory there, and may we write to it?") from error


def _is_full(directory: Path) -> bool:
    try:
        found = os.statvfs(directory)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < FREE_BYTES_MIN or (found.f_files > 0 and found.f_favail == 0)


class WorkerLock:
    """Only one worker at a time on an embedded log; held until `release()` or the end of the process, however it comes."""

    def __init__(self, directory: Path) -> None:
        """Raises Unreachable where another process holds it."""
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / LOCK).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise Unreachable(f"{directory} is in use by a worker, process {holder}: stop it, or take another `log`") from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        self._file.close()
