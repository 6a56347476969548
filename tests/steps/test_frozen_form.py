"""What a revision is made by is copied when it is opened, and a rerun of what went out has the form of then."""

import json
from dataclasses import replace

import pytest
import yaml
from itss import steps
from itss.archive.folder import RevisionFolder
from itss.audit.versions import audit
from itss.errors import ConfigurationError, ContentChangedError
from itss.register import Register
from itss.settings import settings
from itss.steps import frozen
from itss.steps.job import plan
from itss.steps.opened import opened
from walk import CLERK, GOOD, KEY, NOW, PERIOD, answer, draft, register, rework, seal

LATER_ROW = GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n"


@pytest.fixture
def own(house):
    """The house, whose entry has a template of its own that extends another, a logo, and own measures."""
    write(house, "internal", '{% extends "base" %}')
    write(house, "base", "first")
    (house / "list" / "templates" / "internal" / "logo.svg").write_text("<svg/>")
    (house / "list" / "templates" / "internal" / "look.yaml").write_text("logo: logo.svg\n")
    (house / "list" / "measures.yaml").write_text("measures: {}\n")
    return house


def write(house, name, text):
    folder = house / "list" / "templates" / name
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("zh-CN", "en"):
        (folder / f"report.{language}.md.j2").write_text(text)


def relist(house, **fields):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= fields
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def workspace(number=1):
    return settings().var / "workspace" / KEY / PERIOD / f"r{number:02d}"


def text_of(number=1):
    """What the innermost text of the copied template says."""
    job = opened({"report": KEY, "period": PERIOD, "revision": number})[0]
    layers = frozen.template_of(job).layers
    return layers[-1].files[f"report.{job.entry.language}.md.j2"].decode()


def test_template_chain_look_logo_and_own_measures_are_copied_and_signed(mail, own):
    draft()
    names = {
        *("measures.yaml", "template/0_internal/logo.svg", "template/0_internal/look.yaml"),
        *(
            f"template/{folder}/report.{language}.md.j2"
            for folder in ("0_internal", "1_base")
            for language in ("zh-CN", "en")
        ),
    }
    assert {name for name in names if (workspace() / name).is_file()} == names
    assert names <= json.loads((workspace() / "statement.json").read_text())["carried"]["files"].keys()
    job = opened({"report": KEY, "period": PERIOD, "revision": 1})[0]
    assert [layer.name for layer in frozen.template_of(job).layers] == ["internal", "base"]
    assert frozen.own_measures_of(job) == b"measures: {}\n"
    assert not (workspace() / "exclusions.yaml").exists()


def test_a_template_that_is_edited_after_the_opening_changes_nothing(mail, own):
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    write(own, "base", "second")
    assert text_of() == "first"
    steps.collect(job, "incident")
    again = steps.open_report(KEY, PERIOD, "run-1", NOW)  # cleared from its first task on
    assert again == job
    assert text_of() == "second"


@pytest.mark.parametrize("before", ["measure", "render"])
@pytest.mark.parametrize(
    "name",
    [
        "template/0_internal/look.yaml",
        "template/1_base/report.en.md.j2",
        "measures.yaml",
        "template/9_x/a",
        "evidence/x.eml",
    ],
)
def test_a_copy_that_somebody_changes_adds_or_removes_stops_the_run(mail, own, name, before):
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    steps.check(job)
    if before == "render":
        steps.measure(job)
    path = workspace() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.read_bytes() + b" " if path.exists() else b"?")
    with pytest.raises(ContentChangedError, match=name):
        getattr(steps, before)(job)
    path.unlink()
    if not name.startswith(("template/9", "evidence")):
        with pytest.raises(ContentChangedError, match=name):
            getattr(steps, before)(job)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("templates/base/report.{}.md.j2", "a\n{% if %}", r"report\.{}\.md\.j2:2: "),
        ("templates/internal/look.yaml", "colour: red\n", r"look\.yaml:1: "),
        ("measures.yaml", "a: 1\nb: [\n", r"measures\.yaml:2: "),
        ("templates/internal/report.{}.md.j2", '{{% extends "nobody" %}}', "no template 'nobody'"),
    ],
)
def test_what_cannot_be_used_opens_no_revision(mail, own, name, text, said):
    language = yaml.safe_load((own / "list" / "report_list.yaml").read_text())["reports"][0]["language"]
    path = own / "list" / name.format(language)
    path.write_text(text.replace("{{%", "{%").replace("%}}", "%}"))
    with pytest.raises(ConfigurationError, match=said.replace("{}", language)):
        steps.open_report(KEY, PERIOD, "run-1", NOW)
    assert register().revisions(KEY, PERIOD) == []


def test_a_rerun_has_the_form_of_what_went_out_and_says_nothing_new_with_it(mail, own):
    seal("run-1")
    write(own, "base", "second")
    (own / "list" / "measures.yaml").write_text("measures: {}  # other\n")
    _, made = draft("run-2")
    assert made["unchanged"]
    assert text_of(2) == "first"
    (own / "list" / "log.csv").write_text(LATER_ROW)
    job, made = draft("run-3")
    assert (job["revision"], made["unchanged"], text_of(2)) == (2, False, "first")
    assert frozen.own_measures_of(opened(job)[0]) == b"measures: {}\n"


def test_todays_form_makes_a_revision_only_where_it_is_another_one(mail, own):
    seal("run-1")
    assert drafted("run-2", todays_form=True)["unchanged"]
    write(own, "base", "second")
    assert not drafted("run-3", todays_form=True)["unchanged"]
    assert text_of(2) == "second"
    said = [statement(number)["said"] for number in (1, 2)]
    assert [name for name in said[0] if said[0][name] != said[1][name]] == ["template"]


def test_another_template_of_the_entry_is_todays(mail, own):
    seal("run-1")
    write(own, "base", "second")
    write(own, "customer", '{% extends "base" %}')
    relist(own, template="customer")
    assert not drafted("run-2")["unchanged"]
    assert text_of(2) == "second"


def test_whoever_reworks_a_rejected_revision_reworks_its_template_too(mail, own):
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "the words are wrong")
    steps.release(job)
    steps.return_to_author(job)
    rework(job)
    write(own, "base", "second")
    draft("run-2")
    assert text_of(2) == "second"


def test_a_rerun_that_failed_and_is_taken_over_keeps_the_form_of_what_went_out(mail, own):
    seal("run-1")
    write(own, "base", "second")
    steps.open_report(KEY, PERIOD, "run-2", NOW)
    Register(settings().register_url).fail((KEY, PERIOD, 2), "the source was away")
    draft("run-3")
    assert text_of(2) == "first"


def test_a_form_that_was_changed_in_the_archive_is_not_taken_over(mail, own):
    sealed = seal("run-1")
    path = settings().var / "archive" / KEY / PERIOD / "r01" / "template" / "0_internal" / "logo.svg"
    assert sealed["archive"].endswith("r01")
    path.chmod(0o644)
    path.write_text("<svg>other</svg>")
    with pytest.raises(ContentChangedError, match=r"logo\.svg"):
        steps.open_report(KEY, PERIOD, "run-2", NOW)


def test_the_audit_makes_it_again_from_its_own_copies(mail, own):
    seal("run-1")
    for path in sorted((own / "list" / "templates").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    found = audit(settings())
    assert (found.problems, found.made_again) == ([], (f"{KEY} {PERIOD} r01",))


def drafted(run, **more):
    job = steps.open_report(KEY, PERIOD, run, NOW, **more)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    return steps.render(job)


def statement(number):
    return json.loads((workspace(number) / "statement.json").read_text())


def test_approvers_are_told_that_the_form_is_another_one(mail, own):
    seal("run-1")
    write(own, "base", "second")
    (own / "list" / "measures.yaml").write_text("measures: {}  # other\n")
    drafted("run-2", todays_form=True)
    brief = (workspace(2) / "brief.md").read_text()
    assert "The form of the report is another one" in brief
    assert "base/report.en.md.j2" in brief.replace("\u200b", "")
    assert "The definitions of the own KPIs are others" in brief


@pytest.mark.parametrize("where", [".", "agreements", ".."])
def test_a_preview_is_not_written_over_the_list(own, where):
    place = settings()
    folder = RevisionFolder((place.report_list.parent / where).resolve())
    before = sorted(path for path in (own / "list").rglob("*"))
    with pytest.raises(ConfigurationError, match="folder of the report list"):
        frozen.freeze(replace(plan(place, KEY, PERIOD, NOW), folder=folder), place)
    assert sorted(path for path in (own / "list").rglob("*")) == before


def test_a_preview_copies_again_what_was_edited(own, tmp_path):
    place = settings()
    job = frozen.freeze(replace(plan(place, KEY, PERIOD, NOW), folder=RevisionFolder(tmp_path / "out")), place)
    write(own, "base", "second")
    (own / "list" / "measures.yaml").unlink()
    again = frozen.freeze(job, place)
    assert frozen.template_of(again).layers[-1].files["report.en.md.j2"] == b"second"
    assert frozen.own_measures_of(again) is None
    with pytest.raises(ContentChangedError):
        frozen.template_of(job)
