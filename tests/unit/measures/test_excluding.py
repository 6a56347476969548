"""Raw beside agreed: the agreed figures are those of the rows without the excluded ones, and the rows explain it."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from hand_made import ALWAYS, SEPTEMBER, ZONE, agreement, frame
from itss.agreements.terms import AgreedService
from itss.exclusions.models import Exclusion
from itss.measures.base import RAW_COLUMNS
from itss.measures.behind import behind
from itss.measures.compute import measure_all
from itss.measures.coverage import Collected
from itss.measures.scoping import SourceFacts
from itss.processes import PROCESSES

NUMBERS = ["value", "numerator", "denominator", "n"]
KEYS = ["measure", "dimension", "member"]
TIMES = {"Critical": (0.5, 4), "High": (1, 24), "Moderate": (8, 72), "Low": (24, 240)}


def exclusion(process, key="agreed_one", measures=(), **extent):
    """One exclusion, its moments in local time."""
    said = {"reason": "Works of the carrier", "agreed_by": "Service owner of Customer A", "agreed_on": "2026-10-02"}
    evidence = {"file": "evidence/mail.eml", "sha256": "0" * 64}
    spelled = {"from" if name == "since" else name: value for name, value in extent.items()}
    document = {"key": key, "process": process, "measures": list(measures), "evidence": evidence, **said, **spelled}
    return Exclusion.model_validate(document).placed(ZONE)


def every_measure(process):
    return [measure.id for measure in PROCESSES[process].measures]


def measured(frames, process, version, exclusions=(), dimensions=("service",), history=1):
    return measure_all(
        frames, {process: PROCESSES[process]}, SEPTEMBER, version, dimensions, history, exclusions=exclusions
    )


def numbers(figures):
    return figures.set_index(KEYS)[NUMBERS].astype("float64").sort_index()


VERSION = agreement(hours=ALWAYS, times=TIMES)
OF_ROWS = [name for name, process in PROCESSES.items() if not process.is_of_time and name != "reporting"]


@pytest.mark.parametrize("process", OF_ROWS)
def test_the_agreed_figures_are_those_without_the_rows(random_frames, process):
    rows = random_frames[process]
    gone = rows["id"].astype("str")[::7].tolist()
    found = measured(random_frames, process, VERSION, [exclusion(process, measures=every_measure(process), id=gone)])
    left = random_frames | {process: rows[~rows["id"].astype("str").isin(gone)].reset_index(drop=True)}
    expected, all_rows = measured(left, process, VERSION), measured(random_frames, process, VERSION)
    agreed, without = numbers(found.figures), numbers(expected.figures)
    pd.testing.assert_frame_equal(agreed.loc[without.index], without, check_exact=False)
    # the raw ones are those of all rows, and stand only where they are others
    raw = found.figures.set_index(KEYS)[RAW_COLUMNS].sort_index()
    shown = raw["raw_n"].notna()
    before = numbers(all_rows.figures)
    as_numbers = raw[shown].drop(columns="raw_status").set_axis(NUMBERS, axis=1).astype("float64")
    pd.testing.assert_frame_equal(as_numbers, before[shown.to_numpy()], check_names=False)
    pd.testing.assert_frame_equal(agreed[~shown], before[~shown])


@pytest.mark.parametrize("process", OF_ROWS)
def test_what_was_taken_out_adds_up(random_frames, process):
    gone = random_frames[process]["id"].astype("str")[::5].tolist()
    cuts = [
        exclusion(process, measures=every_measure(process), id=gone[:20]),
        exclusion(process, "agreed_two", every_measure(process), since="2026-09-10T00:00", until="2026-09-14T00:00"),
    ]
    found = measured(random_frames, process, VERSION, cuts)
    whole = found.figures[(found.figures["dimension"] == "") & found.figures["raw_n"].notna()]
    for figure in whole.to_dict("records"):
        taken = found.exclusions[found.exclusions["measure"] == figure["measure"]]
        assert not taken["id"].duplicated().any(), "a record is taken out once"
        if figure["unit"] == "share" and not np.isnan(figure["numerator"]) and process != "capacity":
            assert taken["is_in_denominator"].sum() == figure["raw_denominator"] - figure["denominator"]
            assert json.loads(figure["excluded"])["by_agreement"] == len(taken)
        elif figure["unit"] == "count" and "workday" not in figure["measure"] and process != "capacity":
            assert taken["is_in_numerator"].sum() == figure["raw_numerator"] - figure["numerator"]


def test_a_figure_that_no_exclusion_touches_has_no_raw_one(random_frames):
    found = measured(random_frames, "incident", VERSION, [exclusion("incident", id=["unknown"])])
    assert found.figures[RAW_COLUMNS[:-1]].isna().all(axis=None)
    assert (found.figures["raw_status"] == "").all()
    assert found.exclusions.empty


SLA = {"process": "incident", "measure": "resolution_compliance"}


def tickets(*rows):
    """Incidents of High priority, 24 hours around the clock: id, begin and end in September."""
    return {
        "incident": frame(
            "incident",
            [
                {
                    "id": id_,
                    "opened_at": f"2026-09-{a}",
                    "resolved_at": f"2026-09-{b}",
                    "priority": "High",
                    "service": s,
                }
                for id_, a, b, s in rows
            ],
        )
    }


LATE = ("late", "07 09:00", "09 09:00", "ERP")
KEPT = ("kept", "08 09:00", "08 10:00", "ERP")
MORE = ("more", "08 11:00", "08 12:00", "CRM")


def only(figures, measure, dimension="", member=""):
    chosen = figures[(figures["measure"] == measure) & (figures["dimension"] == dimension)]
    return chosen[chosen["member"] == member].iloc[0]


def test_the_agreed_figure_is_judged_and_the_breach_is_no_nonconformity():
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    found = measured(tickets(LATE, KEPT, MORE), "incident", version, [exclusion("incident", id=["late"])])
    figure = only(found.figures, "resolution_compliance")
    assert (figure["value"], figure["n"], figure["status"]) == (1.0, 2, "met")
    assert (figure["raw_value"], figure["raw_n"], figure["raw_status"]) == (pytest.approx(2 / 3), 3, "missed")
    assert "late" not in set(found.nonconformities.query("measure == 'resolution_compliance'")["id"])
    (row,) = found.exclusions.to_dict("records")
    assert (row["exclusion"], row["id"], row["is_against"], row["evidence"]) == ("agreed_one", "late", True, "mail.eml")
    # the members too: nothing changes for CRM
    assert only(found.figures, "resolution_compliance", "service", "ERP")["raw_n"] == 2
    assert np.isnan(only(found.figures, "resolution_compliance", "service", "CRM")["raw_n"])


def test_only_the_agreed_measures_are_concerned_where_none_is_named():
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    found = measured(tickets(LATE, KEPT), "incident", version, [exclusion("incident", id=["late"])])
    assert set(found.figures[found.figures["raw_n"].notna()]["measure"]) == {"resolution_compliance"}
    assert only(found.figures, "opened")["value"] == 2


def test_nothing_left_is_not_applicable_and_never_met():
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    whole = exclusion("incident", since="2026-09-01T00:00", until="2026-10-01T00:00")
    found = measured(tickets(LATE, KEPT, MORE), "incident", version, [whole])
    for member in (("", ""), ("service", "ERP"), ("service", "CRM")):
        figure = only(found.figures, "resolution_compliance", *member)
        assert (figure["n"], figure["status"]) == (0, "not_applicable")
        assert np.isnan(figure["value"])


@pytest.mark.parametrize(
    ("service", "left"), [("", {"late", "kept"}), ("ERP", {"late", "kept", "more"}), ("CRM", {"late", "kept"})]
)
def test_a_time_takes_out_what_begins_in_it(service, left):
    """``more`` begins at 11:00, the edge of the time; ``kept`` at 09:00, before it."""
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    cut = exclusion("incident", since="2026-09-08T11:00", until="2026-09-08T12:00", service=service)
    found = measured(tickets(LATE, KEPT, MORE), "incident", version, [cut])
    taken = set(found.exclusions["id"])
    assert {"late", "kept", "more"} - taken == left


def test_the_rows_behind_an_agreed_figure_say_what_was_taken_out():
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    frames, one = tickets(LATE, KEPT, MORE), exclusion("incident", id=["late"])
    for dimension, member, raw in (("", "", 3), ("service", "ERP", 2)):
        found = behind(
            frames,
            PROCESSES["incident"],
            SEPTEMBER,
            version,
            "resolution_compliance",
            dimension,
            member,
            exclusions=[one],
        )
        assert found.raw.n == raw
        assert found.outcome.n == raw - 1 == found.rows["in_denominator"].sum()
        assert found.rows.set_index("id")["excluded"]["late"] == "by_agreement"
        assert found.outcome.excluded["by_agreement"] == 1


DOWN = [
    {"id": "o1", "service": "ERP", "started_at": "2026-09-07 00:00", "ended_at": "2026-09-07 10:00"},
    {"id": "o2", "service": "ERP", "started_at": "2026-09-20 00:00", "ended_at": "2026-09-20 01:00"},
]
UP = 30 * 24 * 60.0


def services(*names):
    target = {"process": "availability", "measure": "availability", "at_least": 0.99}
    version = agreement(target, hours=ALWAYS)
    return version.model_copy(update={"services": tuple(AgreedService(name=name) for name in names)})


def test_a_time_is_cut_out_of_agreed_time_and_downtime():
    """Ten hours and one of ERP down; from 04:00 to 14:00 of the seventh was agreed not to count: four are left."""
    cut = exclusion("availability", since="2026-09-07T04:00", until="2026-09-07T14:00", service="ERP")
    rows = {"availability": frame("availability", DOWN)}
    found = measured(rows, "availability", services("ERP", "CRM"), [cut])
    erp = only(found.figures, "availability", "service", "ERP")
    assert erp["denominator"] == pytest.approx(UP - 600)
    assert erp["numerator"] == pytest.approx(UP - 600 - 300)
    assert erp["raw_numerator"] == pytest.approx(UP - 660)
    whole = only(found.figures, "availability")
    assert whole["denominator"] == pytest.approx(2 * UP - 600)
    assert np.isnan(only(found.figures, "availability", "service", "CRM")["raw_n"])
    taken = found.exclusions.set_index("id")["amount"]
    assert taken.to_dict() == pytest.approx({"o1": -360, "agreed ERP": 600})
    assert taken.sum() == pytest.approx(whole["raw_numerator"] - whole["numerator"])


def test_an_outage_within_a_cut_is_out_by_agreement_and_none_at_night():
    cut = exclusion("availability", since="2026-09-06T20:00", until="2026-09-07T14:00", measures=["outages"])
    rows = {"availability": frame("availability", DOWN)}
    found = measured(rows, "availability", services("ERP"), [cut])
    figure = only(found.figures, "outages")
    assert (figure["value"], figure["raw_value"]) == (1, 2)
    assert json.loads(figure["excluded"]) == {"by_agreement": 1}
    by = behind(rows, PROCESSES["availability"], SEPTEMBER, services("ERP"), "outages", exclusions=[cut])
    assert by.rows.set_index("id")["excluded"].to_dict() == {"o1": "by_agreement", "o2": ""}


def test_an_outage_of_records_and_a_cut_over_all_time():
    rows = {"availability": frame("availability", DOWN)}
    one = exclusion("availability", id=["o1"])
    found = measured(rows, "availability", services("ERP"), [one])
    figure = only(found.figures, "availability")
    assert figure["numerator"] == pytest.approx(UP - 60)
    assert figure["denominator"] == pytest.approx(UP)
    everything = exclusion("availability", since="2026-08-01T00:00", until="2026-11-01T00:00")
    figure = only(measured(rows, "availability", services("ERP"), [everything]).figures, "availability")
    assert figure["status"] == "not_applicable"
    assert np.isnan(figure["value"])


def test_earlier_periods_lose_what_lies_in_them_too():
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    rows = tickets(LATE, KEPT)["incident"]
    august = rows.assign(
        id=rows["id"] + "_before",
        opened_at=rows["opened_at"] - dt.timedelta(days=31),
        resolved_at=rows["resolved_at"] - dt.timedelta(days=31),
    )
    july = august.assign(id=august["id"] + "_2", opened_at=august["opened_at"] - dt.timedelta(days=31))
    frames = {"incident": pd.concat([rows, august, july], ignore_index=True)}
    one = exclusion("incident", id=["late_before"])
    found = measured(frames, "incident", version, [one], history=3)
    assert found.figures["raw_n"].isna().all()
    before = only(found.before, "resolution_compliance")
    assert before["raw_n"] == before["n"] + 1
    series = found.history[found.history["measure"] == "resolution_compliance"].set_index("period")["value"]
    assert series["2026-08"] == before["value"]


def test_a_target_over_the_year_is_judged_as_agreed_too():
    version = agreement({**SLA, "at_least": 0.9, "over": "year"}, hours=ALWAYS, times={"High": (1, 24)})
    rows = tickets(LATE, KEPT, MORE)["incident"]
    early = {"opened_at": "2026-01-01 00:30", "resolved_at": "2026-01-01 01:30", "priority": "High", "service": "ERP"}
    frames = {"incident": pd.concat([frame("incident", [{"id": "first", **early}]), rows], ignore_index=True)}
    known = Collected(at=SEPTEMBER.end, since=SEPTEMBER.shift(-12).start, until=SEPTEMBER.end)
    facts, one = SourceFacts({"incident": known}), exclusion("incident", id=["late"])
    found = measure_all(
        frames, {"incident": PROCESSES["incident"]}, SEPTEMBER, version, (), 12, facts=facts, exclusions=[one]
    )
    figure = found.figures[found.figures["dimension"] == "year"].iloc[0]
    assert (figure["n"], figure["raw_n"], figure["status"], figure["raw_status"]) == (3, 4, "met", "missed")


def test_a_ticket_that_is_in_no_figure_changes_none():
    """It was opened in September, is still open in time, and so in no denominator of the SLA."""
    version = agreement({**SLA, "at_least": 0.9}, hours=ALWAYS, times={"High": (1, 24)})
    running = {"id": "runs", "opened_at": "2026-09-30 20:00", "priority": "High", "service": "ERP"}
    rows = pd.concat([tickets(LATE, KEPT)["incident"], frame("incident", [running])], ignore_index=True)
    found = measured({"incident": rows}, "incident", version, [exclusion("incident", id=["runs"])])
    assert found.figures["raw_n"].isna().all()
    assert found.exclusions.empty
