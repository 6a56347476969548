"""What an earlier release did not know is not said while it has nothing to say."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from itss.agreements.models import AgreementVersion, Target
from itss.report_list.models import Entry
from itss.steps.said_before import FIRST_COLUMNS, OF_AGREEMENT, OF_ENTRY, frame_without_later, without_later

OF_0_3_0 = {
    Entry: "key was retired kind title language department template requirements period data_source collection_method "
    "data_collector author approval separate_people distribution agreement dimensions history comment "
    "remind_working_days on_backfill retention_years review",
    AgreementVersion: "version effective_from service_hours time_targets targets services satisfied notice_h",
    Target: "process measure at_least at_most warn dimension member",
}


@pytest.mark.parametrize("model", OF_0_3_0)
def test_each_later_field_is_among_those_that_are_not_said(model: type[Any]) -> None:
    """Whoever adds a field adds it there, with its default."""
    later = set(model.model_fields) - set(OF_0_3_0[model].split())
    known = {path[-1]: default for path, default in (OF_ENTRY | OF_AGREEMENT).items()}
    assert later <= known.keys()
    for name in later:
        default = model.model_fields[name].get_default(call_default_factory=True)
        assert known[name] == default


def test_a_field_is_said_where_it_is_not_at_its_default() -> None:
    assert without_later({"omits": {}, "rules": "nhs", "key": "x"}, OF_ENTRY) == {"rules": "nhs", "key": "x"}
    targets = [{"measure": "a", "over": "period"}, {"measure": "b", "over": "year"}]
    said = without_later({"targets": targets}, OF_AGREEMENT)
    assert said == {"targets": [{"measure": "a"}, {"measure": "b", "over": "year"}]}


@pytest.mark.parametrize(("value", "is_said"), [(None, False), (float("nan"), False), ("", False), (0.0, True)])
def test_a_later_column_is_said_where_it_has_something(value: object, is_said: bool) -> None:
    first = {name: ["x", "y"] for name in FIRST_COLUMNS["figures"].split()}
    frame = pd.DataFrame({**first, "raw_value": [value, value]})
    assert ("raw_value" in frame_without_later("figures", frame)) == is_said
    assert list(frame_without_later("figures", frame).columns)[:16] == list(first)


def test_an_empty_column_of_then_is_said() -> None:
    frame = pd.DataFrame({name: [None] for name in FIRST_COLUMNS["trends"].split()} | {"flagged": ["2026-03=outside"]})
    assert list(frame_without_later("trends", frame).columns) == FIRST_COLUMNS["trends"].split()
