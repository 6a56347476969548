"""The list in files says what the list in one file says, and each fault is reported where the value is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from itss.report_list import list_document
from itss.report_list.loader import Loaded, current, load, load_accepted, load_one, load_people
from list_material import AGREEMENT, KEYS, LIST, line_of

SHARED = ("department", "requirements", "author", "agreement")


def plain(words: str) -> dict[str, object]:
    """As YAML says it, every word as it is."""
    return yaml.load(words, Loader=yaml.BaseLoader)


def dump(path: Path, data: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of `list_material`, each section in a file of its own, and what entries share in ``defaults.yaml``."""
    tmp_path = tmp_path_factory.mktemp("list")
    dump(tmp_path / "agreements" / "sla.yaml", plain(AGREEMENT))
    document = plain(LIST)
    entries = document.pop("reports")
    dump(tmp_path / "people.yaml", document)
    dump(tmp_path / "defaults.yaml", {name: entries[0][name] for name in SHARED})
    for entry in entries:
        dump(
            tmp_path / "reports" / f"{entry['key']}.yaml", {k: v for k, v in entry.items() if k not in (*SHARED, "key")}
        )
    return tmp_path


def said(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.problems]


def test_files_say_what_one_file_says(folder: Path, written: Path) -> None:
    in_files = load(folder)
    assert said(in_files) == []
    assert in_files.list == load(written).list
    assert in_files.keys == set(KEYS)
    assert load(folder / "report_list.yaml").list == in_files.list, "by its head, too, which is not there"
    assert load_accepted(folder) == in_files.list


def test_head_and_folder_add_up(folder: Path, written: Path) -> None:
    entries = plain(LIST)["reports"]
    dump(folder / "report_list.yaml", {"reports": entries[:1]})
    (folder / "reports" / "from_database.yaml").unlink()
    assert load(folder).list == load(written).list


@pytest.mark.parametrize(
    "shape", [lambda entries: entries, lambda entries: {"reports": entries}], ids=["list", "section"]
)
def test_a_file_may_hold_several(folder: Path, shape, written: Path) -> None:
    entries = plain(LIST)["reports"]
    for file in (folder / "reports").iterdir():
        file.unlink()
    dump(folder / "reports" / "all_of_them.yaml", shape(entries))
    assert load(folder).list == load(written).list
    for key in KEYS:
        assert [one.key for one in load_accepted(folder, key).reports] == [key]
        assert [one.key for one in load_one(folder, key).list.reports] == [key]


def test_one_entry_is_found_without_reading_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "reports" / "other.yaml").write_text("{ this is no YAML", encoding="utf-8")
    read: list[Path] = []
    original = list_document.read_yaml
    monkeypatch.setattr(list_document, "read_yaml", lambda file: read.append(file) or original(file))
    document = list_document.read_nearest(folder / "report_list.yaml", "from_files")
    assert [entry.data["key"] for entry in document.entries] == ["from_files"]
    assert document.problems == ()
    assert [file.name for file in read if file.parent.name == "reports"] == ["from_files.yaml"]


def test_an_entry_of_another_file_than_that_of_its_name(folder: Path) -> None:
    entries = plain(LIST)["reports"]
    dump(folder / "reports" / "from_database.yaml", entries[1])  # named like another one
    (folder / "reports" / "from_files.yaml").unlink()
    assert [one.key for one in load_accepted(folder, "from_files").reports] == ["from_files"]
    assert [one.key for one in load(folder).list.reports] == ["from_files", "from_register"]


def test_people_alone_need_no_entry(folder: Path) -> None:
    (folder / "reports" / "from_files.yaml").write_text("{ this is no YAML", encoding="utf-8")
    found = load_people(folder)
    assert set(found.people) == {"manager", "author", "head", "customer"}
    assert found.reports == ()


CASES = {
    "of the entry": ("reports/from_files.yaml", "language: en", "language: english", "language: english"),
    "of the defaults": ("defaults.yaml", "author: author", "author: nobody", "author: nobody"),
    "of a person": ("people.yaml", "author@example.com", "author.example.com", "author.example.com"),
    "missing": ("reports/from_files.yaml", "template: internal", "# none", "kind: process"),
    "no YAML": ("reports/from_files.yaml", "language: en", "language: [en", "language: [en"),
    "a key too many in the defaults": ("defaults.yaml", "author: author", "authors: author", "authors: author"),
    "one entry's own in the defaults": ("defaults.yaml", "author: author", "author: author\nwas: older", "was: older"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_reported_where_the_value_is_written(folder: Path, case: str) -> None:
    name, old, new, words = CASES[case]
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = load(folder).problems
    places = {(problem.file, problem.line) for problem in problems}
    expected = 1 if case == "missing" else line_of(file, words)
    assert (file, expected) in {(path, line if case != "no YAML" else expected) for path, line in places}, problems
    sound = {one.key for one in load(folder).list.reports}
    if name.startswith("reports"):
        assert sound == set(KEYS) - {"from_files"}, "the others live"


def test_a_default_that_is_wrong_is_reported_once(folder: Path) -> None:
    dump(folder / "defaults.yaml", {**plain((folder / "defaults.yaml").read_text(encoding="utf-8")), "history": "many"})
    assert len([line for line in said(load(folder)) if "many" in line]) == 1
    assert load(folder).list.reports == ()


def test_the_same_key_in_two_files_runs_nowhere(folder: Path) -> None:
    dump(folder / "reports" / "again.yaml", plain(LIST)["reports"][0])
    loaded = load(folder)
    assert [one.key for one in loaded.list.reports] == ["from_files", "from_register"]
    assert any("again.yaml:1 and from_database.yaml:1" in line for line in said(loaded)), said(loaded)
    assert load_one(folder, "from_database").list.reports == (), "also for who reads only one"


def test_the_same_person_in_two_files_is_nobody(folder: Path) -> None:
    person = plain(LIST)["people"]["author"]
    dump(folder / "report_list.yaml", {"people": {"author": person}})
    loaded = load(folder)
    assert any("people.yaml" in line and "'author' is in report_list.yaml, too." in line for line in said(loaded))
    assert "author" not in loaded.list.people


def test_groups_are_merged_and_lists_are_not(folder: Path) -> None:
    dump(
        folder / "defaults.yaml",
        {
            **plain((folder / "defaults.yaml").read_text(encoding="utf-8")),
            "period": {"timezone": "Europe/Berlin", "due_working_days": "3"},
            "dimensions": ["service", "priority", "category"],
        },
    )
    entry = folder / "reports" / "from_database.yaml"
    entry.write_text(entry.read_text(encoding="utf-8") + "dimensions: [service]\n", encoding="utf-8")
    found = {one.key: one for one in load(folder).list.reports}
    assert {one.period.timezone for one in found.values()} == {"Europe/Berlin"}
    assert found["from_database"].period.schedule == "0 6 1 * *"
    assert found["from_database"].dimensions == ("service",)
    assert found["from_files"].dimensions == ("service", "priority", "category")


def test_whoever_asks_often_sees_a_change(folder: Path) -> None:
    first = current(folder)
    assert current(folder) is first
    (folder / "reports" / "from_files.yaml").unlink()
    assert current(folder).keys == {"from_database", "from_register"}


@pytest.mark.parametrize("name", ["report_list.yaml", "people.yaml", "defaults.yaml", "reports/from_files.yaml"])
def test_no_file_is_too_bad_to_be_reported(folder: Path, name: str) -> None:
    for data in (b"", b"\xff\xfe", b"- 1\n- 2\n", b"just words", b"a: &a [*a]", b"null", b"key: {a: b}\n"):
        (folder / name).write_bytes(data)
        loaded = load(folder)
        assert data == b"" or loaded.problems, data
        load_accepted(folder)
        load_accepted(folder, "from_files")
        load_people(folder)


def test_nothing_at_all_is_one_problem(tmp_path: Path) -> None:
    assert [problem.file.name for problem in load(tmp_path).problems] == ["report_list.yaml"]


@pytest.mark.parametrize("words", ["{", "- a"])
def test_without_its_defaults_no_entry_is_known(folder: Path, words: str) -> None:
    """A review, a level or a limit that all entries have would be missing, and nobody would see it."""
    (folder / "defaults.yaml").write_text(words, encoding="utf-8")
    entry = plain(LIST)["reports"][0]
    dump(folder / "reports" / "from_database.yaml", entry)
    for loaded in (load(folder), load_one(folder, "from_database")):
        assert [one.file.name for one in loaded.problems if "defaults" in one.file.name] == ["defaults.yaml"]
        assert loaded.list.reports == ()
        assert "from_database" in loaded.keys
    assert load_accepted(folder, "from_database").reports == ()


def test_people_that_cannot_be_read_are_told_of_once(folder: Path) -> None:
    (folder / "people.yaml").write_text("{", encoding="utf-8")
    loaded = load(folder)
    assert [one.file.name for one in loaded.problems] == ["people.yaml"]
    assert loaded.list.reports == ()
