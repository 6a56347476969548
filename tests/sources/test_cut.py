"""The same query on a database as it stood when September ended and a month later gives the same figures of September.

A month of later events is really written into the database: reopenings, changes of state, priority, type, service and
group, deletions, late entries. What still differs is listed with its reason, and nothing may be left over.
"""

import datetime as dt

import pandas as pd
import pytest
import sqlalchemy as sa
from canonical_writer import Canonical
from glpi.writer import Glpi
from itop.writer import Itop, ItopSimple
from itss.agreements.models import AgreementVersion, ServiceHours, TimeTarget
from itss.measures.compute import measure_all
from itss.processes import PROCESSES
from itss.sources.contract import contract_of
from lives import CUT, lives
from measured import ROOT, SEPTEMBER
from znuny.writer import Znuny

KINDS = ("incident", "request", "problem", "change")
ADAPTERS = {
    "glpi": Glpi, "itop": Itop, "itop_simple": ItopSimple, "znuny": Znuny,
    "itss_postgresql": lambda: Canonical("postgresql"), "itss_mariadb": lambda: Canonical("mariadb"),
}  # fmt: skip
ZONES = {"glpi": "Asia/Shanghai", "itop": "Asia/Shanghai", "itop_simple": "Asia/Shanghai"}
FIGURES = ["process", "measure", "period", "dimension", "member", "value", "numerator", "denominator", "status"]


class Cut:
    """The rows of one adapter as they stood at the cut and a month later, and what was written in between."""

    def __init__(self, adapter, request, rows_of):
        self.writer = ADAPTERS[adapter]()
        server = request.getfixturevalue(self.writer.server)
        events = lives(seed=11)
        early = [event for event in events if event.at < CUT]
        url = server.database(f"cut_{adapter}", [*self.writer.ddl(), *self.writer.before, *self._written(early)])
        self.then = self._rows(rows_of, url)
        engine = sa.create_engine(server.admin.set(database=f"cut_{adapter}"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in [*self.writer.before, *self._written(events[len(early) :])]:
                connection.exec_driver_sql(statement.replace("%", "%%"))
        engine.dispose()
        self.now = self._rows(rows_of, url)
        self.present = {kind: self._present_values(kind) for kind in KINDS}

    def _written(self, events):
        return [statement for event in events for statement in self.writer.write(event)]

    def _rows(self, rows_of, url):
        start, zone = SEPTEMBER.shift(-1).start, ZONES.get(self.writer.system, "UTC")
        return {kind: rows_of(self.writer.system, kind, url, zone, start, SEPTEMBER.end) for kind in KINDS}

    def _present_values(self, kind):
        sql = ROOT / "include" / "sql" / self.writer.system / f"{kind}.sql"
        return [name for name in contract_of(sql.read_text()).present_value if name in self.then[kind]]

    def ids(self, items):
        return {self.writer.key(item) for item in items}

    def figures(self, frames):
        times = {
            name: TimeTarget(response_h=4 * n, resolution_h=24 * n)
            for n, name in enumerate(self.writer.names.values(), 1)
        }
        hours = ServiceHours(weekly={day: ((dt.time(9), dt.time(18)),) for day in ("mon", "tue", "wed", "thu", "fri")})
        agreed = AgreementVersion(
            version="1", effective_from=dt.date(2020, 1, 1), service_hours=hours, time_targets=times, targets=[]
        )
        processes = {kind: PROCESSES[kind] for kind in frames}
        measured = measure_all(frames, processes, SEPTEMBER, agreed, ("service", "priority", "assignment_group"), 2)
        return measured.figures[FIGURES], measured.history


@pytest.fixture(scope="module", params=ADAPTERS)
def cut(request, rows_of):
    return Cut(request.param, request, rows_of)


def explained(cut):
    """The rows of a month later without what may differ, and each difference as (kind, id, reason)."""
    frames, reasons = {}, set()
    for kind in KINDS:
        then, now = cut.then[kind].set_index("id"), cut.now[kind].set_index("id")
        added, lost = now.index.difference(then.index), then.index.difference(now.index)
        late = cut.ids(cut.writer.late)
        reasons |= {(kind, key, "entered late" if key in late else "of this type since") for key in added}
        reasons |= {(kind, key, "deleted since") for key in lost}
        now = pd.concat([now.drop(index=added), then.loc[lost]]).reindex(then.index)
        for column in cut.present[kind]:
            before, after = then[column].astype("object"), now[column].astype("object")
            differs = ~((before == after) | (before.isna() & after.isna())).astype(bool)
            reasons |= {(kind, key, f"present value of {column}") for key in then.index[differs]}
            now[column] = then[column]
        frames[kind] = now.reset_index()
    return frames, reasons


def test_the_rest_gives_the_same_figures(cut):
    frames, _ = explained(cut)
    (figures, history), (figures_then, history_then) = cut.figures(frames), cut.figures(cut.then)
    left = figures.compare(figures_then, align_axis=0) if figures.shape == figures_then.shape else figures
    assert left.empty, figures.loc[left.index.get_level_values(0)].to_string()
    pd.testing.assert_frame_equal(history, history_then)
    assert figures["value"].notna().sum() > 100


def test_late_entries_say_when_they_were_written(cut):
    rows = cut.now["incident"].set_index("id")
    if "recorded_at" not in rows:
        pytest.skip("this source does not say when it wrote a row down")
    late = rows.index[rows["recorded_at"] >= pd.Timestamp(SEPTEMBER.end)]
    assert set(late) == cut.ids(cut.writer.late) & set(rows.index)


def test_every_difference_was_written(cut):
    _, reasons = explained(cut)
    writer = cut.writer
    written = {
        "entered late": cut.ids(writer.late), "deleted since": cut.ids(writer.purged),
        "of this type since": cut.ids(writer.moved),
    }  # fmt: skip
    left = [(kind, key, why) for kind, key, why in reasons if key not in written.get(why, cut.ids(writer.changed))]
    derived = [(kind, key, why) for kind, key, why in left if why.endswith(("_due_at", "sla_met_recorded"))]
    assert sorted(left) == sorted(derived)


def test_without_the_histories_the_figures_would_differ(cut):
    """The lives are rich enough: the last values alone tell another September."""
    plain = {
        kind: rows.drop(columns=["states", "priorities"], errors="ignore") for kind, rows in explained(cut)[0].items()
    }
    assert not cut.figures(plain)[0].equals(cut.figures(cut.then)[0])
    assert (cut.now["incident"]["states"].dropna().str.count("=") > 3).sum() > 10
