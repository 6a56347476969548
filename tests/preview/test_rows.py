"""`python -m itss rows`: the rows behind one figure, as an auditor asks for them."""

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from itss.archive.folder import RevisionFolder
from itss.cli import main
from itss.settings import settings
from itss.steps import collecting
from itss.steps.job import plan
from test_bad_input import house  # noqa: F401 - a fixture


def rows(house, capsys, *options):  # noqa: F811
    listed = str(house / "list" / "report_list.yaml")
    code = main(
        ["rows", "--list", listed, "--report", "servicenow_incidents", "--period", "2026-09", *options]
    )  # fmt: skip
    said = capsys.readouterr()
    return code, list(csv.DictReader(io.StringIO(said.out))), said.err


def test_the_rows_add_up_to_the_figure(house, capsys):  # noqa: F811
    code, listed, said = rows(house, capsys, "--measure", "resolution_rate_of_opened")
    assert code == 0, said
    assert "incident.resolution_rate_of_opened = 0.666667 share, n = 3" in said
    assert "2 rows in the numerator" in said
    assert [(row["id"], row["in_numerator"], row["in_denominator"]) for row in listed] == [
        ("INC1", "True", "True"),
        ("INC2", "True", "True"),
        ("INC3", "False", "True"),
    ]


def test_into_a_file(house, capsys):  # noqa: F811
    code, listed, _ = rows(house, capsys, "--measure", "opened", "--out", str(house / "rows.csv"))
    assert (code, listed) == (0, [])
    assert len((house / "rows.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--measure", "nothing"], 1, "no measure of this report"),
        (["--measure", "opened", "--process", "change"], 1, "no process 'change'"),
        (["--measure", "response_compliance"], 1, "not available: there is no responded_at"),
        (["--measure", "opened", "--member", "ERP"], 2, "belong together"),
    ],
)
def test_what_it_refuses(house, capsys, options, code, said):  # noqa: F811
    done = rows(house, capsys, *options)
    assert done[0] == code
    assert said in done[2]


def test_the_rows_of_a_version_are_those_of_its_own_data(house, capsys, tmp_path):  # noqa: F811
    place = replace(settings(), report_list=house / "list" / "report_list.yaml")
    now = dt.datetime(2026, 10, 2, tzinfo=dt.UTC)
    job = replace(plan(place, "servicenow_incidents", "2026-09", now), folder=RevisionFolder(tmp_path / "r01"))
    collecting.collect_process(job, "incident", place, now)
    job.save()
    (house / "list" / "log.csv").unlink()
    asked = ["rows", "--version", str(tmp_path / "r01"), "--measure", "backlog"]
    assert main(asked) == 0
    assert "incident.backlog = 1 count, n = 1" in capsys.readouterr().err
    (tmp_path / "r01" / "data" / "incident.parquet").write_bytes(b"edited")
    assert main(asked) == 1
    assert "was changed after it was collected" in capsys.readouterr().err
    assert main(["rows", "--version", str(tmp_path), "--measure", "backlog"]) == 1
    assert "holds no version" in capsys.readouterr().err
