"""State that is not ours to read, told as what an operator can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.values import Partition
from streams.core.state_version import CalendarChanged, OtherStateVersion
from streams.errors import ConfigError, StateVersionError


@contextmanager
def strange_state_told(partition: Partition) -> Iterator[None]:
    """While rows of a partition are taken in. Raises StateVersionError, ConfigError."""
    try:
        yield
    except OtherStateVersion as error:
        raise StateVersionError(f"partition {partition}: {error}") from None
    except CalendarChanged as error:
        raise ConfigError(f"zone, reset: {error}") from None
