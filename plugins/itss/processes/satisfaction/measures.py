"""Measures of satisfaction: answers, response rate, share of satisfied answers with its interval, mean.

Which answers of a scale count as satisfied is the agreement's to say; without it only 1 to 5 is understood. Scales are
never mapped onto each other, so a mean over several of them does not exist: then the figures are split by ``scale``. A
survey without a score is no answer, whatever else is filled in. Surprise: a survey counts in the response rate when its
time to answer is over, not when it was sent.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.agreements.terms import ONE_TO_FIVE, SatisfiedAnswers
from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis, Figure
from itss.measures.outcomes import count, outcome_of, share, statistic
from itss.measures.rows import Mask, before, given, in_period, instants, numbers, series
from itss.measures.scope import Scope
from itss.text import Text, text

ANSWERED_WITHIN = np.timedelta64(14, "D")
"""How long a survey may be answered where the source does not say it in ``expires_at``."""
_TOLERANCE = 1e-9


def derive_satisfaction(scope: Scope) -> pd.DataFrame:
    """Adds ``window_ends_at``; and ``scale`` where the answers of the period are on more than one."""
    rows = scope.rows
    said = instants(rows, "expires_at")
    ends = np.where(np.isnat(said), instants(rows, "sent_at") + ANSWERED_WITHIN, said)
    columns = {"window_ends_at": series(ends, rows.index)}
    if {"answered_at", "score", "scale_min", "scale_max"} <= set(rows.columns):
        labels, answers = _scales(rows), _answered(scope)[0]
        if labels[answers].nunique() > 1:
            columns["scale"] = labels
    return rows.assign(**columns)


def _scales(rows: pd.DataFrame) -> pd.Series:
    """The scale of each row as ``1–5``; empty where it has none."""
    low, high = numbers(rows, "scale_min"), numbers(rows, "scale_max")
    labels = [f"{a:g}–{b:g}" if b > a else None for a, b in zip(low, high, strict=True)]
    return pd.Series(labels, index=rows.index, dtype="str")


def _answered(scope: Scope) -> tuple[Mask, dict[str, Mask]]:
    """The answers of the period that count, and those left out by reason."""
    rows = scope.rows
    score, low, high = numbers(rows, "score"), numbers(rows, "scale_min"), numbers(rows, "scale_max")
    answered = in_period(rows, "answered_at", scope.period)
    blank, no_scale = np.isnan(score), ~(high > low)
    outside = (score < low) | (score > high)
    excluded = {
        "blank": answered & blank,
        "no_scale": answered & ~blank & no_scale,
        "out_of_scale": answered & ~blank & ~no_scale & outside,
    }
    return answered & ~blank & ~no_scale & ~outside, excluded


def declared(agreement: AgreementVersion | None) -> tuple[SatisfiedAnswers, ...]:
    """Which answers count as satisfied, per scale: what was agreed, and 4 to 5 of 1 to 5 where that was not."""
    agreed = agreement.satisfied if agreement else ()
    return agreed if any(one.scale == ONE_TO_FIVE.scale for one in agreed) else (*agreed, ONE_TO_FIVE)


def _satisfied(scope: Scope) -> tuple[Mask, Mask]:
    """The satisfied answers, and those on a scale of which somebody has said which they are."""
    rows = scope.rows
    score, low, high = numbers(rows, "score"), numbers(rows, "scale_min"), numbers(rows, "scale_max")
    satisfied, known = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for one in declared(scope.agreement):
        on_scale = (low == one.scale[0]) & (high == one.scale[1])
        known |= on_scale
        satisfied |= on_scale & (score >= min(one.answers) - _TOLERANCE) & (score <= max(one.answers) + _TOLERANCE)
    return satisfied, known


def _share_satisfied(scope: Scope) -> Outcome:
    valid, excluded = _answered(scope)
    satisfied, known = _satisfied(scope)
    excluded |= {"scale_undeclared": valid & ~known}
    return share(scope.rows, satisfied, valid & known, excluded, interval=True)


def _mean(scope: Scope) -> Outcome:
    valid, excluded = _answered(scope)
    if _scales(scope.rows)[valid].nunique() > 1:
        # no figures in the basis: a member may be on one scale, and is computed on its own
        nothing = np.zeros(len(valid), bool)
        return outcome_of(Basis(scope.rows, nothing, None, excluded | {"mixed_scales": valid}), Figure(None, 0))
    return statistic(np.where(valid, numbers(scope.rows, "score"), np.nan), _average, excluded)


def _average(values: np.ndarray) -> float:
    return float(np.mean(values))


def _answers(scope: Scope) -> Outcome:
    valid, excluded = _answered(scope)
    return count(scope.rows, valid, excluded)


def _response_rate(scope: Scope) -> Outcome:
    over = in_period(scope.rows, "window_ends_at", scope.period) & before(scope.rows, "sent_at", scope.period.end)
    in_time = instants(scope.rows, "answered_at") <= instants(scope.rows, "window_ends_at")
    return share(scope.rows, in_time & given(scope.rows, "score"), over)


def _said(agreement: AgreementVersion | None) -> Text:
    """Which answers count as satisfied, as the report prints it."""
    parts = [
        f"{min(one.answers):g}–{max(one.answers):g} / {one.scale[0]:g}–{one.scale[1]:g}" for one in declared(agreement)
    ]
    return text(f"计为满意：{'；'.join(parts)}。", f"Satisfied: {'; '.join(parts)}.")


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
        name=text("满意率", "Satisfied answers"),
        definition=text(
            "报告期内的回答中计为满意的比例，附Wilson 95%区间。哪些评分计为满意由协议按量表声明（satisfied），"
            "未声明时仅1–5分制的4–5分；其他未声明量表的回答不计。",
            "Share of the answers of the period that count as satisfied, with its Wilson 95 % interval. The agreement "
            "declares them per scale (satisfied); without it they are 4 and 5 of 1 to 5, and answers on any other "
            "scale are left out.",
        ),
        compute=_share_satisfied,
        version=2,
        agreed=_said,
    ),
    _measure(
        id="csat_mean",
        unit="score",
        better="neither",  # on some scales 1 is the best answer
        name=text("平均满意度", "Mean satisfaction"),
        definition=text(
            "报告期内回答的平均分，按来源自身的量表；有多种量表时总体不适用，按量表分别统计。",
            "Mean of the answers of the period, on the source's own scale. Where there are several scales it is not "
            "applicable to the whole, and shown per scale.",
        ),
        compute=_mean,
        version=2,
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
            "在期限内回答的调查 / 回答期限在报告期内届满的调查；期限为 expires_at，来源未记录时为发出后14天。",
            "Surveys answered in time / surveys whose time to answer ended in the period: expires_at, or 14 days after "
            "it was sent where the source does not say.",
        ),
        compute=_response_rate,
        needs=("sent_at", "answered_at", "score", "window_ends_at"),
        date_column="window_ends_at",
        version=2,
    ),
)
