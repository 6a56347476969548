"""Each line says which version of the DAG bundle its step ran from; manifest and audit know, and so does the page."""

import json

import pytest
from itss import steps
from itss.audit.versions import audit
from itss.portal.log import log_lines
from itss.ref import Ref
from itss.reports import catalogue
from itss.settings import run_from, settings
from walk import KEY, PERIOD, draft, register, sign

REF = Ref(KEY, PERIOD, 1)
FIRST, LATER = "a" * 40, "b" * 40


@pytest.fixture(autouse=True)
def no_version_is_left():
    yield
    run_from("")


def test_a_run_that_went_on_with_another_version_shows_it(mail):
    run_from(FIRST)
    job, _ = draft()
    run_from("")  # people answer in the API server, which has no bundle
    sign(job)
    run_from(LATER)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    lines = {line.kind: line.details.get("bundle") for line in register().lines(REF.path)}
    assert (lines["rendered"], lines["decision"], lines["released"], lines["sealed"]) == (FIRST, None, LATER, LATER)
    manifest = json.loads((settings().var / f"archive/{KEY}/{PERIOD}/r01/manifest.json").read_bytes())
    assert manifest["facts"]["bundle_versions"] == {
        "open": FIRST,
        "rendered": FIRST,
        "released": LATER,
        "delivered": LATER,
        "sealed": LATER,
    }
    assert audit(settings()).problems == []
    said = log_lines(register().events(REF), catalogue.load("en", "portal"), {}, addresses=False)
    shown = [(one.what, one.more.rpartition("version ")[2]) for one in reversed(said) if "list version" in one.more]
    assert shown == [("opened", FIRST[:12]), ("released", LATER[:12])]


def test_a_seal_that_is_tried_again_from_another_version_stands(mail, monkeypatch):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    run_from(FIRST)
    with monkeypatch.context() as broken:
        broken.setattr("itss.register.Register.seal", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            steps.seal(job)
    run_from(LATER)
    steps.seal(job)
    manifest = json.loads((settings().var / f"archive/{KEY}/{PERIOD}/r01/manifest.json").read_bytes())
    assert manifest["facts"]["bundle_versions"] == {"sealed": FIRST}
    assert audit(settings()).problems == []


def test_without_versions_nothing_is_said_of_them(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    assert "bundle_versions" not in (settings().var / f"archive/{KEY}/{PERIOD}/r01/manifest.json").read_text()
    assert not any("bundle" in line.details for line in register().lines(REF.path))
