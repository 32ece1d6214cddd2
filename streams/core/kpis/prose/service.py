"""Words on how well queues serve: service level, abandons, speed of answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas import fields as f
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import LEFT_ALL
from streams.core.kpis.prose.calls import SHORT
from streams.core.kpis.prose.prose import Elsewhere, LeftOut, Prose

WITHIN: Final = "its fate within the threshold says nothing of how fast we answer"
OUTCOMES: Final = ("answered", "abandons_ignored", "abandons_hurt", "abandons_help")
"""Methods that look at some outcomes alone."""
NOT_ANSWERED: Final = "no answer, and no abandon"


def _not_looked_at(stats: tuple[str, ...]) -> tuple[LeftOut, ...]:
    """The outcomes that are neither answered nor abandoned."""
    return (
        LeftOut("left", NOT_ANSWERED, Count(LEFT_ALL), stats=stats),
        LeftOut("callbacks", NOT_ANSWERED, Count((f.CALLS_CALLBACK,)), stats=stats),
        LeftOut("blocked in the queue", NOT_ANSWERED, Count((f.BLOCKED_IN_QUEUE,)), stats=stats),
        LeftOut("unobserved", "nobody saw how it ended", Count((f.CALLS_UNOBSERVED,)), stats=stats),
    )


SERVICE_PROSE: Final[Mapping[str, Prose]] = {
    "service_level": Prose(
        by_threshold=True,
        definition=(
            "The promise to callers: how many of them are answered within the threshold of their queue (phone 20 s, chat and video 60 s). "
            "There is no single formula: seven of them stand side by side, each with its name."
        ),
        edges=(
            "A wait of exactly the threshold is in time.",
            "Method `event` decides a call at the first of: answered, abandoned, the threshold passing while it waits: jams show at once.",
            "Who waits past the threshold and then abandons counts once, at the threshold.",
            "The event counts at that instant: a call queued at 7:29:50 and answered at 7:32 is out at 7:30:10.",
            "`lowest` and `highest` say what the level can still become of those who wait undecided now.",
            "Of a window that is over, such as yesterday, `lowest` and `highest` are `event`.",
            "Visits of a queue, not calls: a call answered in time in one queue and late in the next is in once and out once.",
            "No calls is no sample, neither 0 % nor 100 %.",
            "The threshold in force when the call came holds, also if the configuration is changed while it waits.",
        ),
        elsewhere=(
            Elsewhere(
                "Cisco", "Service level, abandons negative", True, "is `event`, with short abandons as calls below its abandon timer"
            ),
            Elsewhere(
                "8x8", "Service level", False, "calls waiting past the threshold fail at once as in `event`, but who left weighs too"
            ),
            Elsewhere("Amazon Connect", "Service level X", True, "is `connect`: out of the queue within X, whatever the outcome"),
            Elsewhere("Genesys Cloud", "Service level", True, "is `abandons_hurt` with its switch for short abandons; two more change it"),
            Elsewhere("Avaya", "Service level of CMS classic", True, "is `answered`"),
            Elsewhere("Asterisk", "SL of queue show", True, "is `answered`, but a call counts only after its conversation"),
            Elsewhere("Asterisk", "SL2 of queue show", True, "is `abandons_help` where no abandon is short and nobody left"),
            Elsewhere("XCALLY", "Service level", True, "is `abandons_ignored`, but exactly the threshold falls in neither part there"),
            Elsewhere("Verbara", "Service level", False, "divides by joins, who still waits included, and shows 100 % without calls"),
        ),
        left_out=(
            LeftOut(
                "short abandons",
                "given up within the short-abandon threshold",
                Count((f.CALLS_SHORT_ABANDONED,)),
                stats=("event", "lowest", "highest", "answers_needed", *OUTCOMES),
            ),
            *(
                LeftOut(what, why, count, stats=("event", "lowest", "highest", "answers_needed"))
                for what, why, count in (
                    ("left within the threshold", WITHIN, Count((f.LEFT_UNDECIDED,))),
                    ("callbacks within the threshold", WITHIN, Count((f.CALLBACK_IN,))),
                    ("blocked within the threshold", WITHIN, Count((f.BLOCKED_UNDECIDED,))),
                    ("unobserved within the threshold", "nobody saw how it ended", Count((f.UNOBSERVED_UNDECIDED,))),
                )
            ),
            LeftOut("waiting within the threshold now", "not decided yet", standings=(f.UNDECIDED,), stats=("event", "answers_needed")),
            LeftOut("abandoned", "only answered calls are looked at", Count((f.ABANDON_WAIT,)), stats=("answered",)),
            LeftOut("abandoned within the threshold", "ignored", Count((f.ABANDONED_IN,)), stats=("abandons_ignored",)),
            *_not_looked_at(OUTCOMES),
        ),
    ),
    "abandon_rate": Prose(
        by_threshold=True,
        definition="How many callers give up before they are answered.",
        edges=(
            "Three denominators are in use: answered and abandoned, all visits ended, and these without short abandons.",
            "Short abandons are never in the numerator.",
            "Who hangs up on hold was answered, and is none.",
        ),
        elsewhere=(
            Elsewhere("Google CCAI", "Abandoned %", True, "is `of_decided`, short ones and those in the menu left out there too"),
            Elsewhere("Amazon Connect", "Abandonment rate", False, "is `of_offered` with short abandons in the numerator too"),
            Elsewhere("Genesys Cloud", "Abandon %", False, "short abandons and system disconnects are in it"),
        ),
        left_out=(
            LeftOut(SHORT.what, SHORT.why, SHORT.count, stats=("of_decided", "of_offered_net")),
            *_not_looked_at(("of_decided",)),
        ),
    ),
    "answer_rate": Prose(
        definition="The part of visits that ended with an agent.",
        edges=("Of visits ended, so that numerator and denominator speak of the same visits.",),
        elsewhere=(
            Elsewhere(
                "Genesys Cloud", "Answered / offered", False, "offered counts in the interval of the join, answered in that of the answer"
            ),
        ),
    ),
    "left_rate": Prose(
        definition="The part of visits that flowed out of the queue by a rule or a wish. Left early to voicemail is no success.",
        edges=("Callbacks are not in it: they are an outcome of their own.",),
        left_out=(LeftOut("callbacks", "an outcome of their own, not in the numerator", Count((f.CALLS_CALLBACK,))),),
    ),
    "speed_of_answer": Prose(
        definition="How long those waited who were answered (ASA), from the join of the queue to the agent.",
        edges=(
            "Of answered visits alone, so it is too good where many give up: read it beside `abandon_wait`.",
            "Ringing at the agent is part of the wait, a menu before the queue is not.",
            "The wait counts whole where it ends.",
            "Percentiles are nearest rank, from histograms within 1 %; they merge over queues, which means of means do not.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Average queue answer time", True, "queue alone; the whisper to the agent is in it there"),
            Elsewhere("Genesys Cloud", "ASA", True, "mean of tAnswered"),
            Elsewhere("Cisco", "Average speed of answer", False, "in its older form over all offered calls"),
            Elsewhere("Asterisk", "holdtime of queue show", False, "no mean: an exponential average of whole seconds, 3 to 1"),
        ),
        left_out=(
            LeftOut("abandoned", "their wait is `abandon_wait`", Count((f.ABANDON_WAIT,))),
            LeftOut(SHORT.what, SHORT.why, SHORT.count),
            *_not_looked_at(()),
            LeftOut("waiting now", "their wait has not ended", standings=(f.WAITING,)),
        ),
    ),
    "abandon_wait": Prose(
        by_threshold=True,
        definition="How long those waited who gave up: the patience of callers, as far as it was tried.",
        edges=("Short abandons are left out.", "Who was answered before their patience ended is not in it, so true patience is longer."),
        elsewhere=(Elsewhere("Genesys Cloud", "tAbandon", False, "with short abandons"),),
        left_out=(SHORT,),
    ),
}
