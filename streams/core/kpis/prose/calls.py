"""Words on requests, and on calls as they come, wait, end and are handled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas import fields as f
from streams.core.kpis.formulas import Count
from streams.core.kpis.prose.prose import Elsewhere, LeftOut, Prose

NOT_REQUESTED: Final = LeftOut(
    "tickets that are no request",
    "made by an agent, or logged for a call that is counted already",
    Count((f.TICKETS_CREATED,), (f.TICKETS_REQUESTED,)),
)
SHORT: Final = LeftOut("short abandons", "given up within the short-abandon threshold", Count((f.CALLS_SHORT_ABANDONED,)))
OUTBOUND: Final = LeftOut("outbound conversations", "they have rows of their own, with direction=outbound", Count((f.HANDLE_OUTBOUND,)))
RUNNING: Final = LeftOut("conversations under way", "their length is not known before they end", standings=(f.TALKING, f.HOLDING))
UNSEEN_ENDS: Final = LeftOut(
    "conversations without an end", "nobody saw it, so they are handled by nobody", Count((f.CONVERSATIONS_UNOBSERVED,))
)

CALL_PROSE: Final[Mapping[str, Prose]] = {
    "request_volume": Prose(
        definition="Requests that reached the centre: inbound calls and tickets, however they came. What a staffing plan begins with.",
        edges=(
            "A call and the ticket logged for it (`call_id`) are one request; a ticket made by an agent is none.",
            "A call is received at its earliest event, under the first queue that it visits.",
            "An outbound call is handled, but no request.",
        ),
        elsewhere=(
            Elsewhere(
                "Genesys Cloud", "Offered", False, "offers by queue: a call that visits two queues counts in both, tickets not at all"
            ),
            Elsewhere("Amazon Connect", "Contacts incoming", False, "with transfers into a queue, which are no new request here"),
        ),
        left_out=(NOT_REQUESTED,),
    ),
    "contact_volume": Prose(
        definition="Requests of one channel. Only by channel, where `request_volume` is their sum.",
        edges=(
            "`voice` is phone, `web` is form; any unknown channel is `other`.",
            "A chat is a call or a ticket, never both: the producer decides.",
        ),
        elsewhere=(Elsewhere("Intercom", "New conversations", True, "outbound messages without an answer are none there either"),),
        left_out=(NOT_REQUESTED,),
    ),
    "contact_share": Prose(
        definition="The part of one channel in all requests of the site.",
        edges=("Shares of requests: who writes ten times counts ten times. What customers prefer is `preferred_channel`.",),
        left_out=(NOT_REQUESTED,),
    ),
    "calls_received": Prose(
        definition="Inbound calls, each once, however many queues they visit.",
        edges=(
            "Counted at the earliest event of the call; a `call.queued` that comes later gives it the label of its first queue.",
            "Calls that never reach a queue have none, and stand in no cut by queue.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Contacts incoming", False, "counts transfers as well"),
            Elsewhere("Teams", "tot_callers", True, "once, where tot_calls counts every pass through a queue"),
        ),
    ),
    "calls_offered": Prose(
        definition="Joins of a queue: visits begun. A call that is passed on to another queue is offered twice.",
        edges=(
            "Counts at the join, so it may lie in another window than the end of the visit: ratios use visits ended.",
            "A call blocked before any queue is not offered.",
        ),
        elsewhere=(
            Elsewhere(
                "Amazon Connect", "Contacts queued", True, "each placement in a queue; a callback that an agent makes of it counts again"
            ),
            Elsewhere("Genesys Cloud", "Offered", True, "for calls that were routed into a queue"),
            Elsewhere("Asterisk", "ENTERQUEUE in queue_log", True, "one line per join"),
            Elsewhere("8x8", "Entered", False, "counts who still waits from the interval before again"),
        ),
    ),
    "calls_answered": Prose(
        definition="Visits of a queue that ended with an agent on the line.",
        edges=("Counts when agent and customer are connected.", "A call answered without a queue (direct) is handled, not answered."),
        elsewhere=(
            Elsewhere("Genesys Cloud", "Answered", True, "tAnswered, in the interval of the answer"),
            Elsewhere("Asterisk", "CONNECT in queue_log", True, "queue show counts it only when the call has ended"),
            Elsewhere("Amazon Connect", "Contacts handled", False, "counted when the contact ends, outbound ones included"),
        ),
    ),
    "calls_abandoned": Prose(
        by_threshold=True,
        definition="Visits that the customer gave up after waiting longer than the short-abandon threshold (5 s).",
        edges=(
            "A call that ends while it waits is abandoned if the customer ended it, and unobserved otherwise.",
            "Who comes back (`call.rejoined`) has never abandoned: the count is taken back.",
            "A wait of exactly the threshold is short.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Contacts abandoned", False, "with short ones; a callback is none there either"),
            Elsewhere("Genesys Cloud", "Abandoned", False, "with short ones, and with disconnects by the system"),
            Elsewhere("Asterisk", "Abandoned of queue show", False, "adds timeouts, empty queues and withdrawals"),
        ),
        left_out=(SHORT,),
    ),
    "calls_short_abandoned": Prose(
        by_threshold=True,
        definition="Visits given up within the short-abandon threshold: wrong numbers and second thoughts.",
        edges=("They are in no service level and in no abandon rate but those that say so.", "The threshold is set per queue."),
        elsewhere=(
            Elsewhere("Genesys Cloud", "Short abandons", True, "tShortAbandon, with the same threshold"),
            Elsewhere("Twilio Flex", "Short abandons", True, "with the same threshold"),
            Elsewhere("8x8", "Short abandoned", True, "with 5 s, which is fixed there"),
        ),
    ),
    "calls_prequeue_abandoned": Prose(
        definition="Calls given up before any queue: in a menu or an announcement.",
        edges=("They are no visits, so they are in no ratio of visits.",),
        elsewhere=(Elsewhere("Zendesk", "Abandoned in IVR", True, "Zendesk Talk tells these apart as well"),),
    ),
    "calls_left": Prose(
        definition="Visits that flowed out of the queue by a rule or a wish: timeout, key, overflow, voicemail, withdrawn.",
        edges=(
            "Neither answered nor abandoned. Left for a callback is an outcome of its own.",
            "A visit that the next `call.queued` ends has left with the reason `requeued`.",
        ),
        elsewhere=(
            Elsewhere("Genesys Cloud", "Flow-outs", True, "tFlowOut"),
            Elsewhere(
                "Asterisk", "EXITWITHTIMEOUT, EXITWITHKEY, EXITEMPTY in queue_log", True, "queue show adds most of them to Abandoned"
            ),
        ),
        left_out=(LeftOut("callbacks", "an outcome of their own", Count((f.CALLS_CALLBACK,))),),
    ),
    "calls_callback": Prose(
        definition="Visits that the customer left for the promise of a callback.",
        edges=("Nobody says whether they were called back: `callbacks_owed` is about those who gave up or were blocked.",),
    ),
    "calls_unobserved": Prose(
        definition="Visits whose end nobody saw: events were lost, or the switch went down.",
        edges=(
            "A visit without an end counts here after `limits.visit` (4 h, chat 24 h); its real end takes its place when it comes.",
            "They are visits ended, so they weigh on every ratio of visits ended. Many of them speak of the feed, not of the service.",
        ),
        elsewhere=(Elsewhere("Verbara", "leaves without a report", False, "counts them as abandoned, and says so"),),
    ),
    "calls_transferred": Prose(
        definition="Transfers by an agent, to a queue, a person or outside, blind or after a consultation.",
        edges=("An overflow is no transfer; it has left.",),
        elsewhere=(
            Elsewhere("Genesys Cloud", "nTransferred", True, "blind and consult together"),
            Elsewhere("Amazon Connect", "Contacts transferred out", True, "by an agent"),
        ),
    ),
    "offers_missed": Prose(
        definition="Offers to an agent that came to nothing: not picked up, refused, not reachable. The visit goes on.",
        edges=("One visit may have many. A missed offer is no missed call.",),
        elsewhere=(
            Elsewhere("Amazon Connect", "Agent non-response", True, "also several times for one contact"),
            Elsewhere("Asterisk", "RINGNOANSWER in queue_log", True, "one line per offer"),
        ),
    ),
    "calls_handled": Prose(
        definition="Finished conversations with an agent. A call that was passed on counts once for each of them.",
        edges=(
            "Counts when the conversation ends, not when its wrap-up does.",
            "Direct calls and outbound calls are handled too; outbound ones also stand alone, under `direction`.",
            "A conversation without an end leaves after `limits.talk` (12 h) and is handled by nobody.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Contacts handled", True, "by the interval of the disconnect; each leg of a transfer"),
            Elsewhere("Genesys Cloud", "tHandle, its count", True, "in the interval in which handling ends"),
            Elsewhere("Asterisk", "COMPLETEAGENT and COMPLETECALLER in queue_log", False, "direct and outbound calls are not in it"),
        ),
        left_out=(RUNNING, UNSEEN_ENDS),
    ),
    "calls_blocked": Prose(
        definition="Calls that were not served for lack of lines, agents or network, or because it was closed.",
        edges=(
            "A block before any queue has the queue that it was meant for, or none.",
            "`no_agents` is also the last agent leaving a queue with people in it.",
        ),
        elsewhere=(
            Elsewhere("Avaya", "busy and disconnect of BCMS", True, "forced busy, full queue, no agents; abandons are left out there too"),
            Elsewhere("Asterisk", "QUEUESTATUS FULL and JOINEMPTY", True, "but only in a channel variable: app_queue counts them nowhere"),
        ),
    ),
    "blockage": Prose(
        definition="How often callers found no way in: blocked calls per attempt, and how many different customers that hit.",
        edges=(
            "Attempts are visits ended and blocks outside a visit.",
            "`closed` is counted among the blocked calls, but is neither in the numerator nor in the attempts.",
            "`distinct_callers` knows customers by `customer_id`: who redials ten times is one. Unknown callers are in no number of it.",
            "Of a stretch before that is none of the calendar, like the 7 days before the last 7, nobody knows how many were the same.",
        ),
        left_out=(LeftOut("calls while closed", "nobody promised to be there", Count((f.BLOCKED["closed"],))),),
    ),
    "handle_time": Prose(
        definition="What a conversation costs an agent: talk, hold and wrap-up together.",
        edges=(
            "Per finished conversation; `per_call` adds up those of a call, `per_case` those of all inbound calls with one `case_id`.",
            "A case counts with all its calls where the last of them was handled; a call that names no case is in no `per_case`.",
            "The whole time counts where the conversation ends; wrap-up is added there when it comes.",
            "Wrap-up that never ends is capped at `limits.wrap_up` (10 min); without `call.wrapped` it is 0.",
            "Ringing and dialling are no part of it.",
        ),
        elsewhere=(
            Elsewhere(
                "Amazon Connect", "Average handle time", True, "answer to end of contact work, hold included, custom states left out"
            ),
            Elsewhere("Genesys Cloud", "Average handle", False, "tHandle also holds dialling, contacting and voicemail"),
            Elsewhere("Twilio Flex", "Handle time", False, "for outbound calls with ringing"),
        ),
        left_out=(OUTBOUND, RUNNING, UNSEEN_ENDS),
    ),
    "talk_time": Prose(
        definition="Talk alone: from connected to the end, hold taken out.",
        edges=("Talk and hold are disjoint: together they are the conversation.",),
        elsewhere=(
            Elsewhere("Amazon Connect", "Interaction time", True, "hold is no interaction there either"),
            Elsewhere("Vodia", "Talk time", False, "hold is part of it"),
        ),
        left_out=(OUTBOUND, RUNNING, UNSEEN_ENDS),
    ),
    "wrap_time": Prose(
        definition="Work after the call: from its end to `call.wrapped`.",
        edges=(
            "Conversations without wrap-up count with 0.",
            "It counts where the conversation ended, also if it comes in another window.",
        ),
        left_out=(OUTBOUND, RUNNING, UNSEEN_ENDS),
    ),
    "hold_time": Prose(
        definition="How long callers are put on hold: per conversation with any, and per conversation at all.",
        edges=("A hold without an end ends with its conversation.", "Who hangs up on hold was answered: no abandon."),
        elsewhere=(
            Elsewhere(
                "Amazon Connect", "Average customer hold time", True, "is `per_held`; its newer variant for all contacts is `per_handled`"
            ),
            Elsewhere("Genesys Cloud", "tHeldComplete", True, "is `per_held`: all holds of a session in one; tHeld is of single holds"),
        ),
        left_out=(
            OUTBOUND,
            LeftOut("conversations without hold", "the mean is of those with", Count((f.HANDLE,), (f.HELD_SEGMENTS,)), stats=("per_held",)),
        ),
    ),
    "waiting": Prose(
        definition="Who waits in a queue at this moment, and for how long the longest has.",
        edges=(
            "The age of the oldest is that of now: it grows without an event, and has no sample where nobody waits.",
            "Since the join of this queue, not since the call began.",
        ),
        elsewhere=(
            Elsewhere("Amazon Connect", "Contacts in queue, Oldest", True, "of now; Max queued there is of a window"),
            Elsewhere("Genesys Cloud", "oWaiting, oLongestWaiting", True, "observations of this moment"),
            Elsewhere(
                "Twilio Flex", "longest_relative_task_age_in_queue", True, "longest_task_waiting_age there runs since the task began"
            ),
            Elsewhere("Asterisk", "Callers of queue show", True, "as it is asked"),
        ),
    ),
    "waiting_by_age": Prose(
        definition="Who waits now, by how long.",
        edges=("The bands are disjoint and add up to `waiting`; the lower end is not in a band, the upper is.",),
    ),
    "talking": Prose(
        definition="Conversations under way now, hold left out.",
        edges=("A conversation without an end leaves after `limits.talk` (12 h).",),
    ),
    "holding": Prose(
        definition="Conversations that are on hold now.",
        edges=("Disjoint from `talking`.",),
    ),
}
