"""An exclusion on its way: fixed at the opening, signed with its evidence, a new revision when it is entered later."""

import hashlib
import json

import pandas as pd
import pytest
import yaml
from itss import steps
from itss.audit.versions import audit
from itss.errors import ConfigurationError
from itss.register import Register
from itss.settings import settings
from itss.steps.opened import opened
from walk import KEY, NOW, PERIOD, draft, seal

MAIL = b"Not counted, as agreed."


def agreement_of(house):
    document = yaml.safe_load((house / "list" / "report_list.yaml").read_text())
    return document["reports"][0]["agreement"]


def enter(house, ids, data=MAIL, **more):
    """Write one exclusion of these incidents, with its evidence, and one of another agreement."""
    folder = house / "list" / "agreements"
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "mail.eml").write_bytes(data)
    one = {
        "key": "carrier_works",
        "process": "incident",
        "id": ids,
        "measures": ["opened"],
        "reason": "Works of the carrier",
        "evidence": {"file": "evidence/mail.eml", "sha256": hashlib.sha256(MAIL).hexdigest()},
        "agreed_by": "Service owner of Customer A",
        "agreed_on": "2026-10-01",
        **more,
    }
    (folder / "exclusions.yaml").write_text(yaml.safe_dump({agreement_of(house): [one]}))


def workspace(number=1):
    return settings().var / "workspace" / KEY / PERIOD / f"r{number:02d}"


def figure(number=1):
    figures = pd.read_csv(workspace(number) / "figures.csv")
    return figures[(figures["measure"] == "opened") & figures["dimension"].isna()].iloc[0]


def test_an_exclusion_is_fixed_at_the_opening_and_signed_with_its_evidence(mail, house):
    enter(house, ["INC1"])
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    (house / "list" / "agreements" / "exclusions.yaml").unlink()  # whatever happens to the file later
    (house / "list" / "agreements" / "evidence" / "mail.eml").unlink()
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    steps.render(job)
    assert (figure()["value"], figure()["raw_value"]) == (1, 2)
    assert (workspace() / "evidence" / "mail.eml").read_bytes() == MAIL
    statement = json.loads((workspace() / "statement.json").read_text())
    assert {"exclusions.yaml", "evidence/mail.eml", "exclusions.parquet"} <= statement["carried"]["files"].keys()
    assert "exclusions" in statement["said"]
    assert [one.id for one in opened({"report": KEY, "period": PERIOD, "revision": 1})[0].exclusions] == [("INC1",)]


def test_one_that_is_entered_after_the_signature_makes_a_new_revision_that_restates(mail, house):
    seal("run-1")
    assert draft("run-2")[1]["unchanged"], "nothing has changed so far"
    enter(house, ["INC1"])
    job, made = draft("run-3")
    assert not made["unchanged"]
    restated = Register(settings().register_url).restatements(opened(job)[0].ref)
    found = restated[(restated["measure"] == "opened") & (restated["period"] == PERIOD)].iloc[0]
    assert (found["published"], found["recomputed"]) == (2, 1)


def test_a_sealed_version_with_exclusions_is_audited_and_made_again(mail, house):
    enter(house, ["INC1"])
    seal("run-1")
    (house / "list" / "agreements" / "exclusions.yaml").unlink()
    (house / "list" / "agreements" / "evidence" / "mail.eml").unlink()
    found = audit(settings())
    assert (found.problems, found.made_again) == ([], (f"{KEY} {PERIOD} r01",))


def test_exclusions_of_another_customer_stay_out_of_the_version(mail, house):
    enter(house, ["INC1"])
    path = house / "list" / "agreements" / "exclusions.yaml"
    document = yaml.safe_load(path.read_text())
    other = (house / "list" / "agreements" / f"{agreement_of(house)}.yaml").read_text()
    (path.parent / "other.yaml").write_text(other.replace(f"key: {agreement_of(house)}", "key: other"))
    path.write_text(yaml.safe_dump({"other": document[agreement_of(house)]}))
    draft()
    assert figure()["value"] == 2
    assert not (workspace() / "exclusions.yaml").exists()
    assert "Customer A" not in (workspace() / "job.json").read_text()


@pytest.mark.parametrize("data", [b"another mail", None])
def test_without_its_evidence_nothing_is_opened(mail, house, data):
    enter(house, ["INC1"], data or MAIL)
    if data is None:
        (house / "list" / "agreements" / "evidence" / "mail.eml").unlink()
    with pytest.raises(ConfigurationError, match=r"exclusions\.yaml:\d+"):
        steps.open_report(KEY, PERIOD, "run-1", NOW)


def test_an_exclusion_of_a_record_that_is_not_there_is_a_finding(mail, house):
    enter(house, ["INC1", "INC999"])
    draft()
    findings = pd.read_csv(workspace() / "findings.csv")
    (found,) = [row for row in findings.to_dict("records") if row["rule"] == "exclusion_finds_nothing:carrier_works"]
    assert "INC999" in found["rows"]
    assert {"exclusions_take_many"} <= set(findings["rule"]), "one of two is more than a fifth"
