"""What the report says: verdict, what went wrong, what moved, six contents, never silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from itss.errors import ConfigurationError
from itss.reports import content
from itss.reports.content import Report, RevisionLine
from itss.reports.document import Chart, Listing, Paragraph, Table
from report_parts import Content, appendices, contents, facts

Make = Callable[..., Report]


def section(report: Report, key: str) -> Content:
    return next(s for s in (*contents(report), *appendices(report)) if s.key == key)


def texts(report_section: Content) -> Iterator[str]:
    yield from report_section.lead
    for block in report_section.blocks:
        if isinstance(block, Paragraph):
            yield block.text
        if isinstance(block, Table):
            yield from (block.caption, block.note, *(cell.text for row in block.rows for cell in row))


def test_the_verdict_counts_the_targets(make_report: Make, material: ModuleType) -> None:
    report = make_report("en")
    judged = material.figures().dropna(subset=["target"])["status"].value_counts()
    assert {tally.tone: tally.count for tally in report.tallies} == {
        "met": judged["met"], "at_risk": judged["at_risk"], "missed": judged["missed"], "muted": 0,
    }  # fmt: skip
    assert report.headline == "3 of 10 targets met (1 of them at risk), 7 missed."
    assert report.tone == "missed"


def test_the_scorecard_has_every_target_worst_first(make_report: Make, material: ModuleType) -> None:
    table = make_report("zh-CN").scorecard
    tones = [row[3].tone for row in table.rows]
    order = ["missed", "at_risk", "met"]
    assert tones == sorted(tones, key=order.index)
    assert len(table.rows) == material.figures()["target"].notna().sum()
    first = [cell.text for cell in table.rows[0]]
    assert first[:7] == ["事件 · SLA达成率", "91.2%", "≥ 95.0%", "✗ 未达成", "96.1%", "−4.9 个百分点", "−5.0 个百分点"]


def test_met_members_are_folded_and_counted(material: ModuleType) -> None:
    given = material.make("en")
    figures = given.measured.figures.copy()
    resources = (figures["dimension"] == "resource") & (figures["value"] < 0.8)
    figures.loc[resources, ["target", "status"]] = [0.8, "met"]
    report = content.build(material.make("en", measured={"figures": figures}))
    assert sum("resource" in row[0].text for row in report.scorecard.rows) == 1  # the one that missed
    assert report.scorecard.note.startswith("4 more targets of single members were all met")
    assert sum(tally.count for tally in report.tallies) == figures["target"].notna().sum()


def test_what_went_wrong_names_target_cases_and_events(make_report: Make) -> None:
    points = make_report("en").wrong
    told = {point.head: point.text for point in points}
    assert told["Incident · Resolution compliance"] == (
        "91.2% against a target of ≥ 95.0%; 70 of 800 cases fell short; nobody has said yet what is being done"
    )
    assert told["Change · Change success rate"].startswith("94.97% against a target of ≥ 95.0%; 8 of 159")
    assert told["2 more missed targets"] == "see section b"
    assert "lasted 5.5 h" in told["Major incident INC004711"]
    assert told["Data quality"] == "1 finding of the data checks, see data quality"


def test_what_moved_names_each_family_once_signals_first(make_report: Make) -> None:
    heads = [point.head for point in make_report("en").moved]
    assert heads[0] == "Incident · Resolution compliance"
    assert "Incident · Mean time to resolve" in heads
    assert "Incident · Median time to resolve" not in heads
    assert len(heads) == len(set(heads)) <= 5


def test_a_quiet_period_says_so(material: ModuleType) -> None:
    given = material.make("en")
    figures, history, trends = given.measured.figures.copy(), given.measured.history, given.measured.trends.copy()
    figures["status"] = figures["status"].where(figures["target"].isna(), "met")
    calm = {"lower": trends["value"] * 0.9, "upper": trends["value"] * 1.1}
    trends = trends.assign(previous=trends["value"], signal=False, direction="no_trend", **calm)
    quiet = {
        "figures": figures, "history": history, "trends": trends,
        "nonconformities": material.nonconformities(0), "major_events": material.major_events().head(0),
    }  # fmt: skip
    report = content.build(material.make("en", measured=quiet, findings=[]))
    assert (report.wrong, report.moved, report.tone) == ((), (), "met")
    assert report.calm[0] == (
        "All 10 agreed targets were met. Major incident, Major change: there was none in this period. "
        "The data checks found nothing."
    )
    assert report.calm[1] == "All 20 figures with control limits stayed within their normal range."
    assert section(report, "b").lead == ("There is no nonconformity. All 10 agreed targets were met.",)
    assert section(report, "d").lead == ("Major incident, Major change: there was none in this period.",)
    assert "The data checks found nothing." in list(texts(section(report, "quality")))


TITLES = {
    "zh-CN": "与服务级别目标相对应的绩效/不符合项和问题/工作量特征/主要事态之后的绩效/趋势信息/满意度分析",
    "en": "Performance against service level targets/Nonconformities and issues/Workload characteristics/"
    "Performance after major events/Trend information/Satisfaction analysis",
}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_six_contents_of_the_procedure(make_report: Make, language: str) -> None:
    report = make_report(language)
    assert [s.key for s in contents(report)] == list("abcdef")
    assert [s.title for s in contents(report)] == TITLES[language].split("/")
    assert all(s.lead or s.blocks for s in contents(report))


def test_a_report_on_one_process_keeps_all_six_and_says_why_they_are_empty(material: ModuleType) -> None:
    given = material.make("en")
    known = {key: m for key, m in given.measures.items() if key[0] == "change"}
    frames = {
        name: frame[frame["process"] == "change"] if "process" in frame else frame
        for name, frame in vars(given.measured).items()
    }
    submissions = [s for s in given.submissions if s.process == "change"]
    only = {"change": given.processes["change"]}
    report = content.build(
        material.make("en", measured=frames, measures=known, processes=only, submissions=submissions, findings=[])
    )
    expected = "No data for this period: the report list registers no source for this content."
    assert list(texts(section(report, "f"))) == [expected]


def test_a_missing_optional_source_is_told_with_its_reason(material: ModuleType) -> None:
    given = material.make("zh-CN")
    gone = [
        replace(s, rows=0, sha256="", missing="survey.csv does not exist.") if s.process == "satisfaction" else s
        for s in given.submissions
    ]
    figures = given.measured.figures
    figures = figures[figures["process"] != "satisfaction"]
    report = content.build(material.make("zh-CN", measured={"figures": figures}, submissions=gone))
    told = list(texts(section(report, "f")))
    assert told[0].startswith("本期无数据：")
    assert told[0].endswith("原因见“数据质量”。"), "the reason is English: it is kept out of what customers read"
    assert any(point.head == "满意度" for point in report.wrong)
    assert "未能收集，系统信息：survey.csv does not exist." in list(texts(section(report, "quality")))


def test_an_empty_source_is_told(material: ModuleType) -> None:
    given = material.make("en")
    empty = [replace(s, rows=0) if s.process == "satisfaction" else s for s in given.submissions]
    figures = given.measured.figures
    figures = figures[figures["process"] != "satisfaction"]
    report = content.build(material.make("en", measured={"figures": figures}, submissions=empty))
    assert "had no rows" in next(texts(section(report, "f")))


def test_measures_without_their_field_are_listed_not_guessed(material: ModuleType) -> None:
    given = material.make("en")
    figures = given.measured.figures.copy()
    lost = (
        (figures["process"] == "incident") & (figures["measure"] == "sla_breached_open") & (figures["dimension"] == "")
    )
    figures.loc[lost, "value"] = None
    figures.loc[lost, "status"] = "not_available"
    report = content.build(material.make("en", measured={"figures": figures}))
    notes = [block.note for block in section(report, "a").blocks if isinstance(block, Table)]
    assert "Not available, for the reasons given under data quality: Breached, still open." in notes
    assert "Breached, still open" in list(texts(section(report, "quality")))


def test_without_targets_the_key_figures_stand_in_front(material: ModuleType) -> None:
    given = material.make("en")
    figures = given.measured.figures.assign(target=None, status="")
    report = content.build(material.make("en", agreement=None, measured={"figures": figures}))
    assert report.headline.startswith("No targets are agreed")
    assert report.scorecard.caption == "Key figures"
    assert [c.title for c in report.scorecard.columns][:3] == ["Indicator", "This period", "Last period"]
    assert ("Incident · Resolution compliance", "79 records are in breach; no target is agreed") in [
        (p.head, p.text) for p in report.wrong
    ]
    assert facts(report)["Agreement"] == "no agreement was in force in this period"


def test_every_breached_row_is_listed_worst_first(make_report: Make, material: ModuleType) -> None:
    listing = next(block for block in section(make_report("en"), "b").blocks if isinstance(block, Listing))
    assert sorted(listing.frame["id"]) == sorted(material.nonconformities()["id"])
    overrun = (listing.frame["elapsed_h"] / listing.frame["target"]).tolist()
    assert overrun == sorted(overrun, reverse=True)
    assert listing.note == "The 25 worst of 79 records; all of them are in the workbook, sheet “b Records”."


def test_without_targets_the_longest_come_first(material: ModuleType) -> None:
    rows = material.nonconformities(30).assign(target=float("nan"))
    report = content.build(material.make("en", measured={"nonconformities": rows}))
    listing = next(block for block in section(report, "b").blocks if isinstance(block, Listing))
    assert listing.frame["elapsed_h"].tolist() == sorted(rows["elapsed_h"], reverse=True)
    assert "target" not in listing.frame.columns


def test_columns_that_the_source_lacks_are_not_listed(material: ModuleType) -> None:
    rows = material.nonconformities(3).assign(title="", service=None)
    report = content.build(material.make("en", measured={"nonconformities": rows}))
    listing = next(block for block in section(report, "b").blocks if isinstance(block, Listing))
    assert not {"title", "service"} & set(listing.frame.columns)
    assert len(listing.columns) == len(listing.frame.columns)


def test_events_show_before_and_after(make_report: Make) -> None:
    rows = [row for block in section(make_report("en"), "d").blocks if isinstance(block, Table) for row in block.rows]
    compared = next(row for row in rows if row[0].text == "Major incident INC004711")
    assert [cell.text for cell in compared[1:]] == ["171", "262", "+53.2%", "7", "31", "+342.9%"]


def test_charts_leave_gaps_where_a_period_has_no_value(material: ModuleType) -> None:
    history, trends = material.history_and_trends()
    hole = (history["measure"] == "resolution_compliance") & (history["period"] == "2026-02")
    report = content.build(material.make("en", measured={"history": history[~hole], "trends": trends}))
    chart = next(
        b for b in section(report, "a").blocks if isinstance(b, Chart) and b.title == "Incident · Resolution compliance"
    )
    values = dict(zip(chart.categories, chart.series[0].values, strict=True))
    assert values["2026-02"] is None
    assert values["2026-01"] is not None
    assert list(values) == sorted(values)


def test_changed_figures_are_told_against_the_last_revision(material: ModuleType) -> None:
    before = material.figures()
    one = (before["measure"] == "opened") & (before["process"] == "incident") & (before["dimension"] == "")
    before.loc[one, "value"] = 800.0
    lines = [RevisionLine(1, "returned", dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "wrong month"),
             RevisionLine(2, "open", dt.datetime(2026, 10, 2, tzinfo=dt.UTC))]  # fmt: skip
    report = content.build(material.make("en", previous=before, revision=2, revisions=lines))
    assert report.changes is not None
    assert [[cell.text for cell in row] for row in report.changes.rows] == [
        ["Incident · Opened", "800", "812", "+1.5%"]
    ]
    assert "Corrected, revision 2" in report.marks
    told = list(texts(section(report, "revisions")))
    assert "returned" in told
    assert "wrong month" in told
    assert "this revision" in told


def test_nothing_changed_since_the_last_revision(material: ModuleType) -> None:
    stored = material.figures().astype({"dimension": object}).replace({"dimension": {"": None}, "member": {"": None}})
    report = content.build(material.make("en", previous=stored, revision=2))
    assert report.changes is None
    assert "No figure changed since the last revision." in list(texts(section(report, "revisions")))


def test_a_preview_is_marked_and_internal_papers_too(make_report: Make) -> None:
    report = make_report("zh-CN", "internal", "process", preview=True)
    assert report.marks == ("预览，未经审批，不得分发", "仅供内部使用")
    assert report.revision == "预览"


def test_facts_name_period_zone_agreement_and_people(make_report: Make) -> None:
    said = facts(make_report("zh-CN"))
    assert said["报告周期"] == "2026-09-01 至 2026-09-30（Asia/Shanghai）"
    assert said["数据截止时间"] == "2026-10-01 08:30（Asia/Shanghai）"
    assert said["依据协议"] == "运维服务协议（sla_it_operations），版本 2026.1，2026-01-01 起生效"
    assert said["审批要求"] == "初审 → 审批"


def test_a_figure_of_an_unknown_measure_is_refused(material: ModuleType) -> None:
    figures = material.figures()
    figures.loc[0, "measure"] = "invented"
    with pytest.raises(ConfigurationError, match=r"incident\.invented"):
        content.build(material.make("en", measured={"figures": figures}))


def test_a_first_period_has_no_past(material: ModuleType) -> None:
    history, trends = material.history_and_trends()
    history = history[history["period"] == "2026-09"]
    nothing = dict.fromkeys(["previous", "last_year", "mean", "lower", "upper", "p"])
    trends = trends.assign(**nothing, n_points=1, signal=False, direction="too_few")
    report = content.build(material.make("en", measured={"history": history, "trends": trends}))
    assert report.moved == ()
    assert report.calm[1] == "There is no earlier period to compare with."
    assert section(report, "e").lead[1] == "There is no earlier period to compare with yet."
    assert not [block for block in section(report, "e").blocks if isinstance(block, Chart)]


def test_findings_reach_quality_and_brief(make_report: Make) -> None:
    report = make_report("en")
    assert "3 of 8,120 rows, e.g. INC004000" in report.findings[0].text
    assert "3 / 8,120" in list(texts(section(report, "quality")))


def test_of_many_members_the_page_counts_what_it_leaves_to_the_workbook(material: ModuleType) -> None:
    report = content.build(material.make("en", measured={"figures": material.many_services(200)}))
    table = next(b for b in section(report, "a").blocks if isinstance(b, Table) and b.caption == "Incident by service")
    assert len(table.rows) == 200
    assert [row[0].text for row in table.rows[:2]] == ["service 199", "service 198"]
    assert table.cut == "The 30 with the most cases of 200; all of them are in the workbook."
    chart = next(b for b in section(report, "a").blocks if isinstance(b, Chart) and "by service" in b.title)
    assert chart.title.endswith("(the 12 with the most cases, of 200)")
    assert chart.categories[0] == "service 199"


def test_priorities_and_severities_stand_in_their_own_order(make_report: Make) -> None:
    report = make_report("en")
    table = next(b for b in section(report, "a").blocks if isinstance(b, Table) and b.caption == "Incident by priority")
    assert [row[0].text for row in table.rows] == ["Critical", "High", "Moderate", "Low"]


def test_measures_of_nothing_but_zeros_are_not_split(material: ModuleType) -> None:
    figures = material.figures()
    figures.loc[(figures["process"] == "security") & (figures["dimension"] != ""), "value"] = 0.0
    report = content.build(material.make("en", measured={"figures": figures}))
    captions = [block.caption for block in section(report, "b").blocks if isinstance(block, Table)]
    assert "Security" in captions
    assert "Security by severity" not in captions
