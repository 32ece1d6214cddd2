"""Counts of surveys and their answers, and sums of scores."""

from __future__ import annotations

from collections.abc import Iterator

from schemas import fields as f
from streams.outputs.parts.part import HELPS, Counts, Part, by, one


def survey_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, labels: tuple[str, ...] = (), counter: bool = True) -> Part:
        return Part(
            stem=stem, kpi=kpi, scope="surveys", help=help_, counts=counts, labels=labels, counter=counter, fact=kpi if counter else ""
        )

    def scores(kpi: str, field: int, help_: str) -> Part:
        counts = one(field)
        return Part(stem=f"{kpi}_scores", kpi=kpi, scope="surveys", help=help_, counts=counts, in_ms=True, counter=False)

    by_score = by({str(score): field for score, field in f.CSAT.items()})
    yield Part(stem="csat_answers", kpi="csat_answers", scope="surveys", help=HELPS["csat_answers"], counts=by_score, labels=("score",))
    yield scores("csat", f.CSAT_SCORES, "Answers to how satisfied a customer is, added up.")
    yield Part(
        stem="csat_sent", kpi="csat", scope="surveys", help="Surveys sent that ask how satisfied a customer is.", counts=one(f.CSAT_SENT)
    )
    yield part("csat_sent_answered", "csat", "Of the surveys sent those answered by now.", one(f.CSAT_SENT_ANSWERED), counter=False)
    yield part("nps_answers", "nps", "Answers to whether a customer would recommend us.", by(f.NPS), ("group",))
    yield part("ces_answers", "ces", "Answers to how easy it was.", one(f.CES))
    yield scores("ces", f.CES_SCORES, "Answers to how easy it was, added up.")
    yield part("ces_easy_answers", "ces", "Answers of at least 5 of 7 to how easy it was.", one(f.CES_EASY), counter=False)
    yield part("iqs_reviews", "iqs", "Conversations reviewed.", one(f.IQS))
    yield scores("iqs", f.IQS_SCORES, "Scores of conversations reviewed, added up, each per cent of the best.")
