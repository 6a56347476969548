"""Measures of satisfaction: answers, response rate, top-two share with its interval, mean.

Unequal scales are mapped linearly to 1–5. A survey without a score is no answer, whatever else is filled in.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, share, statistic
from itss.measures.rows import Mask, Numbers, given, in_period, numbers
from itss.measures.scope import Scope
from itss.text import text

JUDGED_FROM = 10
_TOLERANCE = 1e-9


def _scores(scope: Scope) -> tuple[Numbers, Mask, dict[str, Mask]]:
    """Scores on 1–5, which of them count in the period, and the answers left out by reason."""
    rows = scope.rows
    score, low, high = numbers(rows, "score"), numbers(rows, "scale_min"), numbers(rows, "scale_max")
    answered = in_period(rows, "answered_at", scope.period)
    blank, no_scale = np.isnan(score), ~(high > low)
    outside = (score < low) | (score > high)
    with np.errstate(divide="ignore", invalid="ignore"):
        mapped = 1 + 4 * (score - low) / (high - low)
    excluded = {
        "blank": answered & blank,
        "no_scale": answered & ~blank & no_scale,
        "out_of_scale": answered & ~blank & ~no_scale & outside,
    }
    return mapped, answered & ~blank & ~no_scale & ~outside, excluded


def _top2(scope: Scope) -> Outcome:
    scores, valid, excluded = _scores(scope)
    return share(scope.rows, scores >= 4 - _TOLERANCE, valid, excluded, interval=True)


def _mean(scope: Scope) -> Outcome:
    scores, valid, excluded = _scores(scope)
    return statistic(np.where(valid, scores, np.nan), lambda values: float(np.mean(values)), excluded)


def _answers(scope: Scope) -> Outcome:
    _, valid, excluded = _scores(scope)
    return count(scope.rows, valid, excluded)


def _response_rate(scope: Scope) -> Outcome:
    sent = in_period(scope.rows, "sent_at", scope.period)
    answered = given(scope.rows, "answered_at") & given(scope.rows, "score")
    return share(scope.rows, answered, sent)


_measure = partial(
    Measure,
    process="satisfaction",
    section="f",
    date_column="answered_at",
    needs=("answered_at", "score", "scale_min", "scale_max"),
)

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="csat_top2",
        unit="share",
        better="higher",
        name=text("满意率", "Satisfied (top two of five)"),
        definition=text(
            "报告期内的回答中4–5分（5分制，其他量表线性换算）的比例，附Wilson 95%区间；少于10个回答只显示不评判。",
            "Share of the answers of the period with 4–5 of 5 (other scales mapped linearly), with its Wilson 95 % "
            "interval; shown but not judged below 10 answers.",
        ),
        compute=_top2,
        judged_from=JUDGED_FROM,
    ),
    _measure(
        id="csat_mean",
        unit="score",
        better="higher",
        name=text("平均满意度", "Mean satisfaction"),
        definition=text("报告期内回答的平均分，换算为1–5分。", "Mean of the answers of the period, mapped to 1–5."),
        compute=_mean,
        judged_from=JUDGED_FROM,
    ),
    _measure(
        id="csat_answers",
        unit="count",
        better="higher",
        name=text("回答数", "Answers"),
        definition=text("报告期内有评分的回答数。", "Answers with a score in the period."),
        compute=_answers,
    ),
    _measure(
        id="csat_response_rate",
        unit="share",
        better="higher",
        name=text("回收率", "Response rate"),
        definition=text(
            "报告期内发出的调查中已回答的比例。", "Share of the surveys sent in the period that were answered."
        ),
        compute=_response_rate,
        needs=("sent_at", "answered_at", "score"),
        date_column="sent_at",
        judged_from=JUDGED_FROM,
    ),
)
