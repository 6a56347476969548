"""Page one: no miss loses its line, and each says why, what is being done, by whom and until when."""

from __future__ import annotations

import datetime as dt
from types import ModuleType
from typing import Any

from itss.reports import catalogue, front, movement, scorecard, targets
from itss.reports.cells import Cells
from itss.reports.content import ImprovementLine
from itss.reports.document import Points, Table
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer


def writer(given: ReportInputs) -> Writer:
    return Writer(given, Cells(catalogue.load(given.entry.language), given.period.zone))


def item(title: str, state: str = "open", day: int = 31, **changes: Any) -> ImprovementLine:
    due = dt.date(2026, 10, day)
    return ImprovementLine(f"k-{day}", "customer_monthly", title, "report_author", due, state, **changes)


def missed_table(given: ReportInputs) -> Table:
    table = front.missed(writer(given))[0]
    assert isinstance(table, Table)
    return table


def line(table: Table, label: str) -> list[str]:
    return next([cell.text for cell in row] for row in table.rows if row[0].text == label)


def test_each_of_forty_misses_has_its_line(material: ModuleType) -> None:
    given = material.crowded("en")
    table = missed_table(given)
    assert len(table.rows) == int((given.measured.figures["status"] == "missed").sum()) == 40
    assert len({row[0].text for row in table.rows}) == 40
    assert (table.shown, table.cut, table.note) == (0, "", "")
    assert {row[5].text for row in table.rows} == {"nobody has said yet what is being done"}


def test_a_cause_or_an_action_that_is_cut_says_where_the_whole_is(material: ModuleType) -> None:
    table = missed_table(material.crowded_and_told("en"))
    assert any(cell.text.endswith("…") for row in table.rows for cell in row)
    assert table.note == (
        "Where a cause or an action ends with …, sheet “b Nonconformities and issues” of the workbook has it in full."
    )


def test_a_miss_says_why_what_who_and_until_when(material: ModuleType) -> None:
    rows = material.nonconformities(4).assign(cause=["disk", "disk", "", None])
    given = material.make(
        "en", measured={"nonconformities": rows}, improvements=[item("Raise Resolution compliance: second line")]
    )
    assert line(missed_table(given), "Incident · Resolution compliance") == [
        "Incident · Resolution compliance", "91.2%", "≥ 95.0%", "70 / 800",
        "disk (2); 2 of 4 records name a cause", "Raise Resolution compliance: second line (k-31)",
        "Report author", "2026-10-31",
    ]  # fmt: skip
    assert line(missed_table(given), "Satisfaction · Satisfied (top 2 of 5)")[4:] == [
        "nobody has said yet", "nobody has said yet what is being done", "nobody yet", "no date yet",
    ]  # fmt: skip


def test_of_several_actions_the_first_due_is_named_and_the_others_counted(material: ModuleType) -> None:
    actions = [item("Raise Resolution compliance"), item("Resolution compliance of nights", "overdue", 2)]
    given = material.make("en", improvements=actions)
    told = line(missed_table(given), "Incident · Resolution compliance")
    assert told[5:] == ["Resolution compliance of nights (k-2); 1 more action", "Report author", "2026-10-02, overdue"]


def test_an_action_for_one_service_is_not_that_of_another(material: ModuleType) -> None:
    given = material.crowded("en", improvements=[item("Raise Resolution compliance of ERP")])
    of = "Incident · Resolution compliance (service: {})"
    assert line(missed_table(given), of.format("ERP"))[6] == "Report author"
    assert line(missed_table(given), of.format("VPN"))[6] == "nobody yet"


def test_the_answer_counts_what_is_being_done(material: ModuleType) -> None:
    given = material.make("en", improvements=[item("Raise Resolution compliance", "overdue")])
    assert front.answer(writer(given)) == (
        "Not all is well. 7 targets were missed: for 2 a corrective action is open, 1 of these is overdue, "
        "for 5 nobody has said yet what is being done."
    ).replace("1 of these is", "2 of these are")  # the whole and its priority are both named by the item


def test_where_nothing_was_missed_the_other_points_are_counted(material: ModuleType) -> None:
    figures = material.figures()
    figures["status"] = figures["status"].where(figures["target"].isna(), "met")
    desk = writer(material.make("en", measured={"figures": figures}))
    assert front.answer(desk) == "All 10 agreed targets were met. 3 other points need attention."
    (points,) = front.missed(desk)
    assert isinstance(points, Points)
    assert len(points.points) == 3


def test_good_and_bad_stand_apart_and_the_agreed_first(material: ModuleType) -> None:
    desk = writer(material.make("en"))
    lists = {one.title: one.points for one in movement.apart(desk)}
    assert list(lists) == ["Worse than before", "Better than before",
                           "What moved, neither good nor bad in itself"][: len(lists)]  # fmt: skip
    worse = [point.head for point in lists["Worse than before"]]
    agreed = [desk.label(figure) for figure in targets.targeted(desk)]
    marks = [head in agreed for head in worse if not head.endswith("more")]
    assert marks == sorted(marks, reverse=True)
    assert {point.tone for point in lists["Worse than before"][:2]} == {"missed"}


def test_a_short_scorecard_leaves_many_misses_to_their_table(material: ModuleType) -> None:
    desk = writer(material.crowded("en"))
    figures = targets.targeted(desk)
    short = scorecard.scorecard(desk, figures, is_short=True, with_assurance=True)
    assert short.note.startswith("40 missed targets are in the table of the missed ones")
    assert not [row for row in short.rows if row[3].tone == "missed"]
    whole = scorecard.scorecard(desk, figures)
    assert sum(row[3].tone == "missed" for row in whole.rows) == 40


def test_the_matrix_has_every_service_with_sign_value_and_base(material: ModuleType) -> None:
    desk = writer(material.crowded("en"))
    table = scorecard.matrix(desk, "service", targets.targeted(desk))
    assert table is not None
    assert [row[0].text for row in table.rows].count("ERP") == 1
    assert len(table.rows) == 12
    assert "Incident · Resolution compliance (≥ 95.0%)" in [column.title for column in table.columns]
    erp = next(row for row in table.rows if row[0].text == "ERP")
    assert {cell.text.split()[0] for cell in erp[1:]} == {"✗"}
    assert all("n = " in cell.text for cell in erp[1:])
