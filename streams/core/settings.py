"""What a shard needs to know beside its records. Plain values, handed down by the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas import fields as f
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import FIRST_RESPONSE, RESOLUTION
from streams.core.panes.histogram import bucket_of, edge_ms
from streams.core.pseudonyms import Pseudonyms

# Seconds. 20 and 60 have to be edges, they are the default thresholds: Prometheus finds nothing for a threshold that is no edge.
WAIT_EDGES_S: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
CONVERSATION_EDGES_S: Final = (10, 30, 60, 120, 180, 300, 600, 900, 1800, 3600)
# An edge has at most three significant digits, so 5 and 10 days, not 2 and 7.
RESPONSE_EDGES_S: Final = (60, 120, 240, 600, 1800, 3600, 7200, 14400, 28800, 86400, 432000, 864000)

CURRENCY: Final = "EUR"
"""Of a site that names none."""
KEEP_MS: Final[Mapping[str, int]] = {
    "calls": 24 * HOUR_MS,
    "tickets": 90 * DAY_MS,
    "surveys": 7 * DAY_MS,
    "articles": 7 * DAY_MS,
    "finance": 7 * DAY_MS,
}
FIRST_RESPONSES: Final = (
    *(f.FIRST_RESPONSE_HUMAN, f.FIRST_RESPONSE_BOT),
    *(f.FIRST_RESPONSE_HUMAN_BUSINESS, f.FIRST_RESPONSE_BOT_BUSINESS),
)
RESOLUTIONS: Final = (
    *(f.RESOLUTION_FIRST, f.RESOLUTION_FIRST_WORKING, f.RESOLUTION_FIRST_BUSINESS),
    *(f.RESOLUTION_FULL, f.RESOLUTION_FULL_WORKING, f.RESOLUTION_FULL_BUSINESS),
)


def histogram_edges_ms(policy: Policy) -> dict[int, tuple[int, ...]]:
    """Edges of the histograms on `/metrics` by duration: the defaults and all thresholds and targets, the same for all queues."""
    thresholds = {queue.threshold_ms for queue in policy.queues.values() if queue.threshold_ms}
    waits = tuple(sorted({s * SECOND_MS for s in WAIT_EDGES_S} | thresholds))
    conversations = tuple(s * SECOND_MS for s in CONVERSATION_EDGES_S)
    responses = _with_targets(policy, FIRST_RESPONSE)
    resolutions = _with_targets(policy, RESOLUTION)
    edges: dict[int, tuple[int, ...]] = {f.ANSWER_WAIT: waits, f.ABANDON_WAIT: waits, f.CONVERSATION: conversations}
    edges |= dict.fromkeys(FIRST_RESPONSES, responses)
    edges |= dict.fromkeys(RESOLUTIONS, resolutions)
    return edges


def _with_targets(policy: Policy, clock: int) -> tuple[int, ...]:
    """The edges of answers and resolutions, and what is promised on a clock as far as it can be one."""
    targets = {target_ms for rule in policy.slas if (target_ms := rule.targets_ms[clock]) is not None}
    return tuple(sorted({s * SECOND_MS for s in RESPONSE_EDGES_S} | {ms for ms in targets if edge_ms(bucket_of(ms)) == ms}))


class ShardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Of all shards of one installation.

    topics      name in the log -> logical name
    partitions  of each topic
    currency    of all amounts
    pseudonyms  what stands for ids of people; None: they stay as they are
    keep_ms     logical topic -> how long a case is kept after its end; without an entry: for ever
    bounded     False: nothing is sealed or forgotten (`report`, and `clock = "event"`)
    since_ms    facts before it are left out (`report --since`)
    contacts    topic of what shards tell each other of their customers, as the log names it
    case_ids    boards may name the cases whose promises are at risk or breached
    repeat_days, interval_minutes  N after which a contact is no repeat of another; length of the site's intervals
    """

    topics: Mapping[str, str]
    partitions: int
    policy: Policy = Policy()
    zone: ZoneInfo = ZoneInfo("UTC")
    reset_minutes: int = 0
    lateness_ms: DurationMs = DurationMs(7 * DAY_MS)
    currency: str = CURRENCY
    pseudonyms: Pseudonyms | None = None
    keep_ms: Mapping[str, int] = msgspec.field(default_factory=lambda: dict(KEEP_MS))
    remember_ms: DurationMs = DurationMs(90 * DAY_MS)
    settle_ms: DurationMs = DurationMs(MINUTE_MS)
    bounded: bool = True
    since_ms: int | None = None
    dead_letters: str = "dead-letters"
    sla_breaches: str = "sla-breaches"
    contacts: str = "deskpulse-contacts"
    case_ids: bool = False
    repeat_days: int = 7
    interval_minutes: int = 30
    release: str = "0.1.0"

    def policy_of_site(self) -> Policy:
        """The policy with the business days of the site, which some cases count by."""
        return msgspec.structs.replace(self.policy, zone=self.zone.key, reset_minutes=self.reset_minutes)

    def edges_ms(self) -> Mapping[int, Sequence[int]]:
        """Of the settled histograms."""
        return histogram_edges_ms(self.policy)
