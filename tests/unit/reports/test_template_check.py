"""`itss check` on templates: every problem with file and line, of used and unused ones, in one go."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from itss.commands.check import check
from itss.settings import settings

KEY = "servicenow_incidents"
EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "servicenow"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A list of one English entry with a template of its own, whose text each test writes."""
    shutil.copytree(EXAMPLE, tmp_path / "list")
    edit(tmp_path / "list", template="own", language="en", omits={})
    (tmp_path / "list" / "templates" / "own").mkdir(parents=True)
    return tmp_path / "list"


def edit(house: Path, **changes: object) -> None:
    path = house / "report_list.yaml"
    document = yaml.safe_load(path.read_text("utf-8"))
    document["reports"][0] |= changes
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")


def write(house: Path, text: str, name: str = "report.en.md.j2", template: str = "own") -> None:
    folder = house / "templates" / template
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def problems(house: Path) -> list[str]:
    _, found, _ = check(house / "report_list.yaml", settings().shipped)
    return [str(problem).replace(f"{house}/", "") for problem in found]


def line_of(house: Path, text: str) -> int:
    lines = (house / "report_list.yaml").read_text("utf-8").splitlines()
    return next(at for at, line in enumerate(lines, 1) if text in line)


OWN = '{% extends "internal" %}\n{% block f %}\n'


def test_a_sound_template_has_no_problems(house: Path) -> None:
    write(house, '{% extends "internal" %}\n{% block d %}\n## {{ section("d") }}\n\nOnly words.\n{% endblock %}\n')

    assert problems(house) == []


def test_every_problem_is_told_at_once_with_file_and_line(house: Path) -> None:
    write(house, OWN + '## {{ section("f") }}\n{{ value("incident.x") }} of\n\n{{ chart("pie") }}\n\n'
                 "![Plan](plan.png)\n{% if false %}\n{{ lead('q') }}\n{% endif %}\n{% endblock %}\n")  # fmt: skip

    found = problems(house)

    assert sorted(one.split(": ")[0] for one in found) == [
        f"templates/own/report.en.md.j2:{line}" for line in (10, 4, 6, 8)
    ]
    assert any("There is no measure 'incident.x'" in one for one in found)
    assert any("There is no picture 'plan.png'" in one for one in found)


def test_a_missing_content_is_told_at_the_entry_unless_it_is_omitted(house: Path) -> None:
    write(house, OWN + "{% endblock %}\n")
    line = line_of(house, "template: own")

    (said,) = problems(house)
    assert said.startswith(f"report_list.yaml:{line}: reports[{KEY}].template: ")
    assert "has no part for content f" in said

    edit(house, omits={"f": " "})
    assert "omits.f: It is empty" in problems(house)[0]

    edit(house, omits={"f": "no survey is agreed"})
    assert problems(house) == []


def test_a_template_that_does_not_exist_is_told_at_the_entry(house: Path) -> None:
    edit(house, template="nothere")

    (said,) = [one for one in problems(house) if "nothere" in one]
    assert said.startswith(f"report_list.yaml:{line_of(house, 'template: nothere')}: ")
    assert "Templates are: customer, improvement, internal" in said


def test_faults_of_a_look_are_told_with_their_lines(house: Path) -> None:
    write(house, OWN + '## {{ section("f") }}\n{% endblock %}\n')
    write(house, "colours:\n  brand: red\n  bran: '#112233'\n", "look.yaml")
    assert [one.split(": ")[0] for one in problems(house)] == ["templates/own/look.yaml:2", "templates/own/look.yaml:3"]

    write(house, "logo: none.svg\ncolours:\n  ink: '#aaaaaa'\n", "look.yaml")
    found = problems(house)
    assert any(one.startswith("templates/own/look.yaml:3:") and "contrast 2.3 : 1" in one for one in found)
    assert any(one.startswith("templates/own/look.yaml:1:") and "no picture 'none.svg'" in one for one in found)


def test_languages_that_call_otherwise_are_told_with_both_lines(house: Path) -> None:
    text = OWN + '## {{ section("f", "Ours") }}\n\n{{ table("incident.backlog") }}\n{% endblock %}\n'
    write(house, text)
    write(house, text.replace("Ours", "我们的"), "report.zh-CN.md.j2")
    assert problems(house) == []

    write(house, text.replace("incident.backlog", "incident.opened"), "report.zh-CN.md.j2")
    found = problems(house)
    assert len(found) == 2
    assert any(one.startswith("templates/own/report.en.md.j2:5: table('incident.backlog')") for one in found)
    assert all("report.zh-CN.md.j2:5" in one and "report.en.md.j2:5" in one for one in found)


def test_a_template_that_no_entry_uses_is_read_all_the_same(house: Path) -> None:
    edit(house, template="internal")
    write(house, "x\n{% for a in [1] %}\n", template="unused")

    assert [one.split(": ")[:2] for one in problems(house)] == [
        ["templates/unused/report.en.md.j2:2", "`{% for %}` is not closed. Write `{% endfor %}` where it ends."]
    ]


def test_a_look_of_another_name_and_a_circle_are_no_traceback(house: Path) -> None:
    write(house, '{% extends "two" %}\n')
    write(house, '{% extends "own" %}\n', template="two")

    assert problems(house)
