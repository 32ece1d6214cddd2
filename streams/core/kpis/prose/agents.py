"""Words on people at work: what they do, how busy they are, and what that means for who waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.core.kpis.prose.prose import Elsewhere, Prose

SILENT: Final = (
    "Who once sent heartbeats and is silent for 90 s, or who sends nothing for 16 h, is offline from then to the next sign of life; "
    "a late event that shows otherwise takes it back."
)
QUEUES: Final = "Who serves two queues counts in both, and once for the site: do not add over queues."

AGENT_PROSE: Final[Mapping[str, Prose]] = {
    "expected_wait": Prose(
        definition=(
            "How long the last of those who wait now will still wait, at the pace at which callers left the queue in the last 15 minutes. "
            "What to announce, and when to call for help."
        ),
        edges=(
            "`p50` is the position divided by departures per second; `p90` is enough 9 of 10 times, if departures are a Poisson stream.",
            "Every end of a visit is a departure: who gives up makes room too.",
            "Nobody left in the last 15 minutes: no sample. Else, where nobody waits: 0.",
            "Agents are known, and none is available, busy or in wrap-up: no sample, `no_agents`. Who told no queue is there for each.",
            "Only a board has it: a report over files has no last 15 minutes, unless it shows the windows of a board.",
        ),
        elsewhere=(
            Elsewhere("Avaya", "Expected wait time", False, "by position and pace as well, but by the priority of the caller"),
            Elsewhere("Mitel", "Estimated wait time", False, "by talk time, and a default of 60 s at the start of a day"),
            Elsewhere("Google CCAI", "Estimated wait time", False, "by talk time and agents, an average of the last hour"),
        ),
    ),
    "agents": Prose(
        definition="People by what they do now: available, busy, in wrap-up, on a break, in training, offline.",
        edges=(
            QUEUES,
            SILENT,
            "An agent known by heartbeats only is offline.",
            "A state with `until` ends then by itself: wrap-up turns into available, every other into offline.",
            "Queues that an event does not name stay as they were; who never named one is in the queue none.",
            "An agent is never forgotten: offline counts everybody who ever was there.",
        ),
        elsewhere=(
            Elsewhere("Twilio Flex", "Agents by activity", True, "once in the total, and in each queue of theirs there too"),
            Elsewhere("Amazon Connect", "Agent activity", False, "one state of several at once, by a fixed order"),
        ),
    ),
    "occupancy": Prose(
        definition=(
            "Of the time in which people could work, the share in which they did: busy and wrap-up by these two and available. "
            "Time by the clock, split over the windows it touches, also over days of 23 and 25 hours."
        ),
        edges=(
            "Three conversations at once are no more than busy: it never passes 100 %.",
            "A state that still runs counts up to now.",
            "Breaks, training and offline are in neither part.",
            SILENT,
            "Its sample is the time they could work, in whole seconds.",
            "In a queue it is that of its people, whichever of their queues they work for.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Occupancy", True, "on contact with after-call work by that and idle, where ringing is no state"),
            Elsewhere("Genesys Cloud", "Occupancy", False, "by logged-in time on queue, with its own states"),
        ),
    ),
    "conversations_per_agent": Prose(
        definition="How many conversations people have at once: talking and holding now by people available, busy or in wrap-up.",
        edges=("Nobody available, busy or in wrap-up: no sample, `no_agents`.",),
    ),
    "requests_per_agent": Prose(
        definition="How much work there is for each: cases given to a person and conversations finished, by people with any in the window.",
        edges=(
            "A case counts for everybody it is given to, once for each time that somebody else had it before.",
            "A call passed on counts for both.",
            "Hidden below `[privacy] min_group` people: it would tell of single ones.",
            "People are told apart by a hash of 52 bits of their id.",
        ),
    ),
}
