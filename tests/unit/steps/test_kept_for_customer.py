"""Rework that keeps the data keeps none that was collected for somebody else."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from itss.archive.folder import RevisionFolder
from itss.errors import OtherCustomerError
from itss.report_list.customers import ForCustomer
from itss.steps.collecting import keep_process
from itss.steps.job import Job
from itss.text import Text

ROWS = b"the rows"


def whose(value: str) -> ForCustomer:
    return ForCustomer(key="acme", title=Text(zh="甲", en="A"), binds={"customer": value})


def kept(tmp_path: Path, then: ForCustomer | None, now: ForCustomer | None) -> list[str]:
    before, after = RevisionFolder(tmp_path / "r01"), RevisionFolder(tmp_path / "r02")
    document: dict[str, Any] = {"customer": then.model_dump(mode="json") if then else None}
    before.write_json("job.json", {"entry": document})
    before.write("data/incident.parquet", ROWS)
    before.write_json("data/incident.json", {"sha256": hashlib.sha256(ROWS).hexdigest(), "missing": ""})
    job = SimpleNamespace(entry=SimpleNamespace(customer=now), folder=after, revision=2)
    keep_process(cast("Job", job), "incident", before)
    return after.names("data")


def test_data_of_the_same_customer_is_kept(tmp_path: Path) -> None:
    assert kept(tmp_path, whose("Acme"), whose("Acme")) == ["data/incident.json", "data/incident.parquet"]


def test_an_entry_of_nobody_in_particular_keeps_its_own(tmp_path: Path) -> None:
    assert len(kept(tmp_path, None, None)) == 2


@pytest.mark.parametrize("then", [None, whose("Globex")], ids=["everybody", "another"])
def test_data_that_was_collected_for_others_is_not(tmp_path: Path, then: ForCustomer | None) -> None:
    with pytest.raises(OtherCustomerError, match="was not collected for this customer") as caught:
        kept(tmp_path, then, whose("Acme"))
    assert "Globex" not in str(caught.value)
    assert not (tmp_path / "r02").exists()
