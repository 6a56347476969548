"""YAML as people write it: what it means, where it stands, and what a slip looks like."""

from pathlib import Path

import pytest
from itss.problems import Problem
from itss.yaml_file import Document, read_yaml


def read(tmp_path: Path, words: str | bytes) -> Document | Problem:
    path = tmp_path / "some.yaml"
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    return read_yaml(path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("18:00", "18:00"),
        ("2026-01-31", "2026-01-31"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("true", True),
        ("12", 12),
        ("-3", -3),
        ("0.95", 0.95),
        ("~", None),
        ("", None),
        ("'12'", "12"),
    ],
)
def test_plain_words_are_not_guessed_at(tmp_path: Path, written: str, meant: object) -> None:
    document = read(tmp_path, f"a: {written}\n")
    assert isinstance(document, Document)
    assert document.data == {"a": meant}
    assert type(document.data["a"]) is type(meant)


@pytest.mark.parametrize(
    ("words", "line", "hint"),
    [
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a: 1\nb：2\nc: 3\n", 3, "full-width colon"),
        ("a: 1\nb:2\nc: 3\n", 3, "space behind the colon"),
        ('a: 1\nb: [“x", y\n', 2, "typographic quotes"),
        ("a: *nobody\n", 1, "&name"),
        ("a: [1, 2\n", 1, "indentation"),
        ("a: {b: 1}}\n", 1, "indentation"),
        ("a: !!python/name:os.system x\n", 1, "indentation"),
        ("? [a, b]\n: 1\n", 1, "indentation"),
        ("a: 1\n---\nb: 2\n", 2, "indentation"),
    ],
)
def test_what_is_no_yaml_is_told_with_line_and_likely_slip(tmp_path: Path, words: str, line: int, hint: str) -> None:
    problem = read(tmp_path, words)
    assert isinstance(problem, Problem)
    assert problem.line == line
    assert problem.message.startswith("This is not YAML: ")
    assert hint in problem.remedy


def test_other_encodings_are_told_and_a_byte_order_mark_is_not_minded(tmp_path: Path) -> None:
    problem = read(tmp_path, "a: 1\nb: 月\n".encode("gb18030"))
    assert isinstance(problem, Problem)
    assert (problem.line, problem.remedy) == (2, "Save the file with the encoding UTF-8.")
    document = read(tmp_path, "\ufeffa: 1\n")
    assert isinstance(document, Document)
    assert document.data == {"a": 1}


def test_lines_are_found_through_lists_aliases_and_merges(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        "shared: &s\n  x: 1\n  y: 2\nitems:\n  - key: first\n    <<: *s\n    y: 3\n  - *s\n  -\n    name: third\n",
    )
    assert isinstance(document, Document)
    assert document.line(("shared", "y")) == 3
    assert document.line(("items", 0, "y")) == 7
    assert document.line(("items", 0, "x")) == 2
    assert document.line(("items", 1, "x")) == 2
    assert document.line(("items", 2, "name")) == 10
    assert document.line(("items", 0, "missing", "deeper")) == 5
    assert document.line(()) == 1
    assert document.data["items"][0] == {"key": "first", "x": 1, "y": 3}
    assert document.where(("items", 0, "y")) == "items[first].y"
    assert document.where(("items", 1, "x")) == "items[#2].x"
    assert document.doubled == ()


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    document = read(tmp_path, "a:\n  b: 1\n  c: 2\n  b: 3\nd: {e: 1, e: 2}\n")
    assert isinstance(document, Document)
    assert [(fault.loc, fault.message) for fault in document.doubled] == [
        (("a", "b"), "'b' is written twice here, on lines 2 and 4."),
        (("d", "e"), "'e' is written twice here, on lines 5 and 5."),
    ]
    assert document.is_doubled(("a",))
    assert not document.is_doubled(("a", "c"))
    assert not document.is_doubled(("nothing",))


def test_an_alias_of_itself_is_told(tmp_path: Path) -> None:
    problem = read(tmp_path, "a: &a\n  b: *a\n")
    assert isinstance(problem, Problem)
    assert (problem.line, problem.message) == (2, "'*a' is inside of what it names.")
