"""What is handed in is refused with every fault marked, or kept for good."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from pathlib import Path

import openpyxl
import pytest
from handing import BAD, NOW, REPORT, ROWS, drop, place, register, wall, workbook
from itss.errors import ConfigurationError, HandInRefusedError, PeriodError, SourceError
from itss.hand_in.marked import ERRORS
from itss.hand_in.place import find_place
from itss.hand_in.receiving import MarkedRefusalError, Receipt, hand_in, take_up, warnings_of
from itss.hand_in.refusals import found_faults, marked_copy, told_faults
from itss.settings import settings


def give(path: Path, who: str = "data_provider", process: str = "capacity", now: dt.datetime = NOW) -> Receipt:
    return hand_in(settings(), register(), place(process), path, who, now)


def refused(path: Path, process: str = "capacity") -> MarkedRefusalError:
    with pytest.raises(MarkedRefusalError) as caught:
        give(path, process=process)
    return caught.value


def test_an_accepted_file_is_kept_as_it_came_and_on_record(house: Path) -> None:
    path = workbook(house / "容量 9月.xlsx", place())
    receipt = give(path)
    version = receipt.version
    assert (version.number, version.rows, version.who, version.at) == (1, 2, "data_provider", NOW)
    assert version.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    kept = settings().inbox / version.path
    assert kept.read_bytes() == path.read_bytes()
    assert kept.name == "容量 9月.xlsx"
    assert path.exists(), "it was handed in from elsewhere"
    assert register().hand_ins() == [version]


def test_a_second_one_is_a_version_and_the_same_bytes_are_none(house: Path) -> None:
    first = give(workbook(house / "a.xlsx", place()))
    again = give(house / "a.xlsx")
    assert (again.is_new, again.version) == (False, first.version)
    second = give(workbook(house / "a.xlsx", place(), [ROWS[0]]))
    assert (second.is_new, second.version.number, second.version.rows) == (True, 2, 1)
    assert (settings().inbox / first.version.path).exists(), "nothing is overwritten"
    back = give(workbook(house / "b.xlsx", place()))
    assert (back.is_new, back.version.number) == (True, 3), "what counts is the newest, and that was another"
    assert len(register().hand_ins()) == 3


def test_every_fault_is_told_and_marked_and_the_original_stays(house: Path) -> None:
    path = workbook(house / "bad.xlsx", place(), BAD)
    error = refused(path)
    assert [(fault.row, fault.column) for fault in error.faults] == [
        (0, "kind"),
        (0, "utilisation"),
        (1, "sampled_at"),
        (1, "id"),
    ]
    assert all(f"data row {row}, {column}" in str(error) for row, column in ((1, "kind"), (2, "id")))
    book = openpyxl.load_workbook(error.copy)
    sheet = book.worksheets[0]
    at = {str(cell.value).split()[0]: cell.column for cell in sheet[1]}
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    expected = {("kind", 2), ("utilisation", 2), ("sampled_at", 3), ("id", 3)}
    assert marked == {sheet.cell(row, at[name]).coordinate for name, row in expected}
    assert all(sheet[name].fill.fgColor.rgb == "FFF6C7C3" for name in marked)
    listed = [tuple(cell.value for cell in row) for row in book[ERRORS].iter_rows(min_row=2)]
    assert {line[0] for line in listed} == marked
    assert (error.copy.parent / "bad.xlsx").read_bytes() == path.read_bytes()
    record = error.record
    assert (record.status, record.number, record.errors) == ("refused", None, 4)
    assert register().newest_hand_in(place().key) is None


def test_the_marked_copy_can_be_mended_and_handed_in(house: Path) -> None:
    copy = refused(workbook(house / "bad.xlsx", place(), BAD)).copy
    book = openpyxl.load_workbook(copy)
    sheet = book.worksheets[0]
    at = {str(cell.value).split()[0]: cell.column for cell in sheet[1]}
    for (row, name), value in {(2, "utilisation"): 0.5, (2, "kind"): "cpu", (3, "id"): "S2"}.items():
        sheet.cell(row, at[name]).value = value
    half = house / "half.xlsx"
    book.save(half)
    error = refused(half)
    assert [(fault.row, fault.column) for fault in error.faults] == [(1, "sampled_at")]
    again = openpyxl.load_workbook(error.copy)
    comments = [cell.coordinate for row in again.worksheets[0].iter_rows() for cell in row if cell.comment]
    assert comments == [sheet.cell(3, at["sampled_at"]).coordinate], "mended cells are marked no more"
    sheet = again.worksheets[0]
    sheet.cell(3, at["sampled_at"]).value = wall(9, 2, 9)
    mended = house / "mended.xlsx"
    again.save(mended)
    assert give(mended).version.rows == 2


def test_times_are_those_of_the_entrys_clock(house: Path) -> None:
    late = {"id": "S3", "sampled_at": wall(9, 1, 7), "utilisation": 0.5}
    give(workbook(house / "a.xlsx", place(), [late]))
    # 07:00 of 31 August in Shanghai would be 31 August 23:00 UTC: before the period, and refused as last month's
    error = refused(workbook(house / "b.xlsx", place(), [late | {"sampled_at": wall(8, 31, 23, 59)}]))
    assert "The newest record is of 2026-08-31 23:59" in str(error)


def test_order_and_range_are_faults_of_their_rows(house: Path) -> None:
    rows = [ROWS[0], ROWS[1] | {"utilisation": 1.5}]
    (fault,) = refused(workbook(house / "a.xlsx", place(), rows)).faults
    assert (fault.row, fault.column) == (1, "utilisation")
    outage = {"id": "O1", "started_at": wall(9, 3, 8), "ended_at": wall(9, 3, 7)}
    (fault,) = refused(workbook(house / "o.xlsx", place("availability"), [outage]), "availability").faults
    assert (fault.row, fault.column) == (0, "ended_at")


def test_a_range_is_told_in_the_same_go_as_a_cell_that_cannot_be_read(house: Path) -> None:
    rows = [ROWS[0] | {"sampled_at": "yesterday", "threshold": "half"}, ROWS[1] | {"utilisation": 1.5}]
    faults = refused(workbook(house / "a.xlsx", place(), rows)).faults
    assert [(fault.row, fault.column) for fault in faults] == [
        (0, "sampled_at"),
        (0, "threshold"),
        (1, "utilisation"),
    ]


def test_every_row_of_many_is_marked(house: Path) -> None:
    path = house / "many.csv"
    lines = [f"S{n},2026-09-{n % 30 + 1:02d} 08:00,{1.5 if n % 10 == 0 else 0.5}" for n in range(500)]
    path.write_text("\n".join(["id,sampled_at,utilisation", *lines]))
    faults = refused(path).faults
    assert [fault.row for fault in faults] == list(range(0, 500, 10))


def test_no_rows_are_refused_unless_the_source_is_optional(house: Path) -> None:
    assert "no rows" in str(refused(workbook(house / "a.xlsx", place(), [])))
    assert give(workbook(house / "b.xlsx", place("availability"), []), process="availability").version.rows == 0


def test_another_periods_template_is_refused(house: Path) -> None:
    assert "2026-08" in str(refused(workbook(house / "a.xlsx", place(period="2026-08"))))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.xlsx", b"", "0 bytes"),
        ("half.xlsx", b"PK\x03\x04 and then the line broke", "readable XLSX"),
        ("report.pdf", b"%PDF-1.7", "not a kind of file"),
        ("headers.csv", b"id,sampled_at,Auslastung\n1,2026-09-01 08:00,0.5\n", "no such column"),
        ("lacking.csv", b"id,utilisation\n1,0.5\n", "required column sampled_at"),
    ],
)
def test_what_is_no_workbook_is_refused_and_kept(house: Path, name: str, content: bytes, words: str) -> None:
    path = house / name
    path.write_bytes(content)
    error = refused(path)
    assert words in str(error)
    assert openpyxl.load_workbook(error.copy).sheetnames[-1] == ERRORS
    assert (error.copy.parent / name).read_bytes() == content


def test_csv_with_the_same_columns_is_taken_and_its_copy_is_marked(house: Path) -> None:
    path = house / "a.csv"
    path.write_text("id,sampled_at,utilisation,resource\nS1,2026-09-01 08:00,0.5,=cmd\nS2,2026-09-02 08:00,x,B\n")
    error = refused(path)
    sheet = openpyxl.load_workbook(error.copy).worksheets[0]
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment] == ["C3"]
    assert (sheet["D2"].value, sheet["D2"].data_type) == ("=cmd", "s"), "never a formula"
    path.write_text("id,sampled_at,utilisation\nS1,2026-09-01 08:00,0.5\n")
    assert give(path).version.rows == 1


def test_only_those_whom_the_entry_names_hand_in(house: Path) -> None:
    path = workbook(house / "a.xlsx", place())
    for who in ("supplier_manager", "head_of_department", "nobody", "dropped "):
        with pytest.raises(HandInRefusedError, match="may not hand in"):
            give(path, who)
    assert register().hand_ins() == []
    assert [give(path, who).version.number for who in ("report_author", "report_manager", "data_provider")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("report", "period", "process", "error", "words"),
    [
        ("../../etc", "2026-09", "capacity", ConfigurationError, "no valid report"),
        (REPORT, "../2026-09", "capacity", PeriodError, "not a month"),
        (REPORT, "2026-09", "../capacity", ConfigurationError, "is not handed in"),
        (REPORT, "2026-10", "capacity", PeriodError, "not over"),
        (REPORT, "2026-06", "capacity", PeriodError, "owed from 2026-07-01"),
    ],
)
def test_no_name_leads_out_of_the_inbox(
    house: Path, report: str, period: str, process: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        find_place(settings(), report, period, process, NOW)
    assert not settings().inbox.exists()


def test_dropped_files_are_taken_up_once_they_rest(house: Path) -> None:
    good, bad = workbook(house / "a.xlsx", place()), workbook(house / "b.xlsx", place(), BAD)
    old, resting = drop("bad.xlsx", bad, 90), drop("good.xlsx", good)
    moving = drop("moving.xlsx", good, age_s=1)
    ignored = [drop("~$good.xlsx", good), drop(".hidden.xlsx", good), drop("copy.part", good)]
    refusal, receipt = list(take_up(settings(), register(), place(), NOW))
    assert isinstance(refusal, MarkedRefusalError)
    assert isinstance(receipt, Receipt)
    assert (receipt.version.who, receipt.version.number) == ("dropped", 1)
    assert not old.exists()
    assert not resting.exists()
    assert all(path.exists() for path in (moving, *ignored))
    assert list(take_up(settings(), register(), place(), NOW)) == []


def test_a_dropped_file_stays_while_the_register_cannot_note_it(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop("good.xlsx", workbook(house / "a.xlsx", place()))
    lost, base = register(), settings().var / "register.sqlite"
    sound = base.read_bytes()
    for _ in range(5):
        base.write_bytes(b"no database")
        with pytest.raises(Exception, match="register"):
            list(take_up(settings(), lost, place(), NOW))
        assert not path.exists(), "it was moved away"
    base.write_bytes(sound)
    (receipt,) = take_up(settings(), register(), place(), NOW)
    assert isinstance(receipt, Receipt)
    assert (receipt.version.name, receipt.version.number) == ("good.xlsx", 1)


def test_what_is_too_big_is_refused_unopened_and_does_not_stop_the_others(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = workbook(house / "a.xlsx", place())
    monkeypatch.setattr("itss.hand_in.receiving.MAX_BYTES", good.stat().st_size)
    big = drop("big.csv", good, 90)
    big.write_bytes(bytes(good.stat().st_size + 1))
    os.utime(big, (time.time() - 90,) * 2)
    drop("good.xlsx", good)
    refusal, receipt = list(take_up(settings(), register(), place(), NOW))
    assert isinstance(refusal, MarkedRefusalError)
    assert "at most" in str(refusal)
    assert isinstance(receipt, Receipt)
    assert (refusal.copy.parent / "big.csv").stat().st_size == good.stat().st_size + 1
    assert openpyxl.load_workbook(refusal.copy).sheetnames == [ERRORS]


def exchange(folder: Path, target: Path) -> None:
    """As whoever may write the folder above: ours is moved away, and a link put into its place."""
    folder.rename(folder.with_name(f"{folder.name} before"))
    folder.symlink_to(target)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_nothing_is_read_behind_a_link_in_the_place_of_what_was_refused(house: Path, what: str) -> None:
    """Else a mail, or the page, would bring whoever put it there any file of the server."""
    record = refused(workbook(house / "bad.xlsx", place(), BAD)).record
    assert told_faults(settings(), record)
    secrets = house / "secrets"
    secrets.mkdir()
    for suffix in ("xlsx", "json", "txt"):
        (secrets / f"bad.errors.{suffix}").write_text('["secret"]')
    kept = (settings().inbox / record.path).parent
    if what == "folder":
        exchange(kept, secrets)
    else:
        for path in kept.glob("bad.errors.*"):
            exchange(path, secrets / path.name)
    for read in (marked_copy, told_faults, found_faults):
        with pytest.raises(SourceError, match="a link stands in the inbox"):
            read(settings(), record)


def test_nothing_is_read_behind_a_link_in_the_place_of_what_was_accepted(house: Path) -> None:
    version = give(workbook(house / "a.xlsx", place())).version
    assert warnings_of(settings(), version) == []
    (house / "secret").write_text("secret")
    (settings().inbox / f"{version.path}.warnings.txt").symlink_to(house / "secret")
    with pytest.raises(SourceError, match="a link stands in the inbox"):
        warnings_of(settings(), version)


@pytest.mark.parametrize("is_good", [True, False])
def test_nothing_is_kept_behind_a_link(house: Path, is_good: bool) -> None:
    """Else whoever drops a file chooses where on the server it comes to lie."""
    path = workbook(house / "a.xlsx", place(), ROWS if is_good else BAD)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"accepted/{sha256[:16]}" if is_good else f"refused/{NOW:%Y%m%dT%H%M%SZ}_{sha256[:8]}"
    (house / "elsewhere").mkdir()
    stamp = place().folder(settings().inbox) / name
    stamp.parent.mkdir(parents=True)
    stamp.symlink_to(house / "elsewhere")
    with pytest.raises(SourceError, match="a link stands in the inbox"):
        give(path)
    assert list((house / "elsewhere").iterdir()) == []
    assert register().hand_ins() == []


def test_a_link_above_the_places_is_that_of_whoever_runs_the_inbox(house: Path) -> None:
    (house / "share").mkdir()
    settings().inbox.mkdir(parents=True)
    (settings().inbox / REPORT).symlink_to(house / "share")
    version = give(workbook(house / "a.xlsx", place())).version
    assert (house / "share").joinpath(*version.path.split("/")[1:]).exists()


@pytest.mark.parametrize("name", [".lock", ".tries"])
def test_our_marks_are_not_written_behind_a_link(house: Path, name: str) -> None:
    drop("a.xlsx", workbook(house / "a.xlsx", place()))
    theirs = house / "theirs"
    theirs.write_text("x")
    at = place().folder(settings().inbox) / ".taken"
    if name == ".tries":
        at /= "20261009T020000.000000Z_000000_abcdef01"
        at.mkdir(parents=True)
        (place().folder(settings().inbox) / "a.xlsx").rename(at / "a.xlsx")
    else:
        at.mkdir()
    (at / name).symlink_to(theirs)
    with pytest.raises(OSError, match="symbolic link"):
        list(take_up(settings(), register(), place(), NOW))
    assert theirs.read_text() == "x"
