"""Whether rows of an internal topic are ours to read."""

from __future__ import annotations

import msgspec

from schemas.state import STATE_VERSION


class OtherStateVersion(Exception):
    """The state was written by a release with another version of the rows."""

    def __init__(self, version: int, release: str) -> None:
        newer, older = f"start {release} or newer", "begin anew under another app, which counts the events of the log again"
        super().__init__(
            f"the state is of version {version}, by deskpulse {release}; this program reads version {STATE_VERSION}: "
            f"{newer if version > STATE_VERSION else older}"
        )


def check_state_version(encoded: bytes) -> None:
    """Of a row that begins with version and release, whatever shape the rest is of. Raises OtherStateVersion."""
    version, release = msgspec.msgpack.decode(encoded)[:2]
    if version != STATE_VERSION:
        raise OtherStateVersion(version, release)
