"""Which versions are sealed, asked for many reports at once; and the line that says after which one was made."""

from __future__ import annotations

from itss.register import Register, Revision
from sqlalchemy import event
from walking import NOW, draft, walk


def opened(register: Register, report: str, period: str, run: str = "run-a", **entry: object) -> Revision:
    given = {"due_at": NOW, "agreement_version": "", "code_version": "0", "now": NOW}
    return register.open_revision(report=report, period=period, run=run, entry={"key": report, **entry}, **given)


def test_the_newest_sealed_version_of_each_place_is_found(register: Register) -> None:
    for report, period in (("one_monthly", "2026-07"), ("one_monthly", "2026-08"), ("two_monthly", "2026-07")):
        walk(register, opened(register, report, period), "sealed")
    walk(register, opened(register, "one_monthly", "2026-07", "run-b"), "sealed", "d" * 64)
    walk(register, opened(register, "one_monthly", "2026-08", "run-b"), "submitted", "d" * 64)
    opened(register, "one_monthly", "2026-09")
    places = [("one_monthly", f"2026-0{month}") for month in (6, 7, 8, 9)] + [("two_monthly", "2026-08")]
    assert {place: one.number for place, one in register.newest_versions(places).items()} == {
        ("one_monthly", "2026-07"): 2,
        ("one_monthly", "2026-08"): 1,
    }
    assert {
        place: (one.number, one.state) for place, one in register.newest_versions(places, is_sealed=False).items()
    } == {
        ("one_monthly", "2026-07"): (2, "sealed"),
        ("one_monthly", "2026-08"): (2, "submitted"),
        ("one_monthly", "2026-09"): (1, "open"),
    }
    assert register.newest_versions([]) == {}


def test_a_report_is_known_by_every_key_that_it_had(register: Register) -> None:
    walk(register, opened(register, "first_key", "2026-07"), "sealed")
    register.rename("first_key", "second_key")
    walk(register, opened(register, "second_key", "2026-08"), "sealed")
    register.rename("second_key", "third_key")
    for key in ("first_key", "second_key", "third_key"):
        found = register.newest_versions([(key, "2026-07"), (key, "2026-08"), (key, "2026-09")])
        assert {period: one.report for (_, period), one in found.items()} == {
            "2026-07": "first_key",
            "2026-08": "second_key",
        }


def test_two_thousand_places_are_two_statements(register: Register) -> None:
    statements: list[str] = []
    for number in range(3):
        walk(register, opened(register, f"report_{number:04d}", "2026-07"), "sealed")
    places = [(f"report_{number:04d}", "2026-07") for number in range(2000)]
    event.listen(register._engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert len(register.newest_versions(places)) == 3
    assert len([one for one in statements if "SELECT" in one and "revision" in one]) == 1
    assert len([one for one in statements if "renaming" in one]) == 1


def test_after_which_versions_it_was_made_is_one_line(register: Register) -> None:
    walk(register, opened(register, "one_monthly", "2026-07"), "sealed")
    backfilled = opened(register, "one_monthly", "2026-08", archive_only=True)
    draft(register, backfilled)
    register.seal(backfilled.ref, "/archive/r01", "6" * 64, NOW)
    made = opened(register, "quarterly", "2026-Q3")
    found = register.newest_versions([("one_monthly", "2026-07"), ("one_monthly", "2026-08")])
    for _ in range(2):
        register.record_awaited(made.ref, list(found.values()))
    (line,) = [one for one in register.events(made.ref) if one.what == "awaited"]
    assert line.details["versions"] == {
        "one_monthly/2026-07/r01": {"manifest_sha256": "5" * 64, "archive_only": False},
        "one_monthly/2026-08/r01": {"manifest_sha256": "6" * 64, "archive_only": True},
    }
    walk(register, opened(register, "one_monthly", "2026-07", "run-b"), "sealed", "d" * 64)
    register.record_awaited(made.ref, list(register.newest_versions([("one_monthly", "2026-07")]).values()))
    assert len([one for one in register.events(made.ref) if one.what == "awaited"]) == 2
    assert register.verify() == []
    assert register.differences()[0] == []
