"""Short spellings for the expectations that processes have in common: order and lack of times, closed sets, ranges.

Where such a rule is critical its rows are quarantined: they cannot be true, so they are in no figure.
Not here, because they follow from the columns and hold for every process (`itss.checks`): ids present and unique,
required columns filled, values that parse, text that looks like a formula.
"""

from __future__ import annotations

from itss.processes.base import Column, Expectation, Severity, Where
from itss.text import Text, text


def ordered(earlier: str, later: str, severity: Severity) -> Expectation:
    """``later`` is not before ``earlier``; rows that lack one of the two pass."""
    return Expectation(
        id=f"{later}_not_before_{earlier}",
        type="ExpectColumnPairValuesAToBeGreaterThanB",
        kwargs={
            "column_A": later,
            "column_B": earlier,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        severity=severity,
        quarantine=severity == "critical",
        why=text(f"{later} 早于 {earlier}，时长无法成立。", f"{later} is before {earlier}, so no duration is true."),
        remedy=text(
            "请在来源系统更正时间，或检查查询中的时区。", "Correct the times in the source, or the zone in the query."
        ),
    )


def not_above(low: str, high: str, severity: Severity) -> Expectation:
    """The number ``low`` does not exceed ``high``; rows that lack one of the two pass."""
    return Expectation(
        id=f"{low}_not_above_{high}",
        type="ExpectColumnPairValuesAToBeGreaterThanB",
        kwargs={"column_A": high, "column_B": low, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        severity=severity,
        why=text(f"{low} 大于 {high}，这两个值不计入指标。", f"{low} exceeds {high}; no figure uses the two."),
        remedy=text("请更正数值或查询中的列对应关系。", "Correct the value, or the mapping in the query."),
    )


def dated(value: str, at: str, words: Text, among: tuple[str, ...] = ()) -> Expectation:
    """What tells that something happened tells when; ``words`` name it. ``among``: the values that do tell it."""
    return Expectation(
        id=f"{at}_given_with_{value}",
        type="ExpectColumnValuesToNotBeNull",
        kwargs={"column": at},
        severity="warning",
        why=text(
            f"有{words.zh}（{value}）而没有时间 {at}：按该时间统计的指标不计入。",
            f"There is {words.en} ({value}) without its time {at}: figures that go by that time miss it.",
        ),
        remedy=text(
            f"请在来源系统补全 {at}，或更正查询中的列对应关系。",
            f"Fill {at} in the source, or correct the mapping in the query.",
        ),
        only=(Where(value, among),),
    )


def one_of(column: Column, severity: Severity) -> Expectation:
    """The column holds its closed set of values, or nothing."""
    values = list(column.values)
    return Expectation(
        id=f"{column.name}_known",
        type="ExpectColumnValuesToBeInSet",
        kwargs={"column": column.name, "value_set": values},
        severity=severity,
        quarantine=severity == "critical",
        why=text(
            f"{column.name} 含有未约定的值，相关指标无法统计。",
            f"{column.name} has a value outside the agreed set, so figures would silently miss rows.",
        ),
        remedy=text(f"请在查询中映射为：{'、'.join(values)}。", f"Map it in the query to one of: {', '.join(values)}."),
    )


SHARES = text("0 至 1 的比例", "shares 0–1")
HOURS = text("不为负的小时数", "hours, not negative")
TIMES = text("不为负的次数", "a count, not negative")


def between(column: str, low: float | None, high: float | None, severity: Severity, unit: Text) -> Expectation:
    """Numbers within ``[low, high]``; ``unit`` is said in the remedy."""
    bounds = f"[{'-∞' if low is None else low}, {'∞' if high is None else high}]"
    return Expectation(
        id=f"{column}_in_range",
        type="ExpectColumnValuesToBeBetween",
        kwargs={"column": column, "min_value": low, "max_value": high},
        severity=severity,
        quarantine=severity == "critical",
        why=text(f"{column} 超出范围 {bounds}。", f"{column} is outside {bounds}."),
        remedy=text(f"请换算为{unit.zh}，或更正来源数据。", f"Convert it to {unit.en}, or correct the source."),
    )
