from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivered_report import Report, inputs, released, report
from itss.archive import store
from itss.delivery.folder import overlap, shared_copy
from itss.delivery.mail import report_mail
from itss.delivery.serving import deliver
from itss.errors import ContentChangedError, DeliveryError
from itss.register import Delivery, Register
from itss.settings import settings
from mail_server import Server

NAMES = ["客户服务月报 2026-09.html", "客户服务月报 2026-09.xlsx"]


@pytest.fixture
def register(tmp_path: Path) -> Register:
    made = Register(f"sqlite:///{tmp_path / 'register.sqlite'}")
    made.upgrade()
    return made


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    made = tmp_path / "shared"
    made.mkdir()
    return made


def with_folder(job: Report, url: str) -> Report:
    distribution = job.entry.distribution.model_copy(update={"folder": url})
    return job.of(entry=job.entry.model_copy(update={"distribution": distribution}))


@pytest.fixture
def job(folder: Path, register: Register, shared: Path) -> Report:
    return with_folder(released(register, report(folder)), str(shared))


def serve(register: Register, job: Report, *, mailed: bool = True, corrects: bool = False) -> None:
    given = inputs(job)
    people = [job.people.people[key] for key in job.entry.distribution.recipients if mailed]
    mails = [report_mail(job, person, given=given, is_correction=corrects) for person in people]
    deliver(register, job.ref, mails, "smtp_test", shared_copy(job, is_correction=corrects))


def receipt(register: Register, job: Report) -> Delivery:
    return next(one for one in register.deliveries(job.ref) if one.recipient in ("公共平台", "Shared folder"))


def names(shared: Path) -> list[str]:
    return sorted(path.name for path in (shared / "customer_monthly" / "2026-09").iterdir())


def test_the_approved_files_lie_there_with_a_receipt_and_once(
    server: Server, register: Register, job: Report, shared: Path
) -> None:
    serve(register, job)
    place = shared / "customer_monthly" / "2026-09"
    assert names(shared) == NAMES
    assert (place / NAMES[1]).read_bytes() == (job.folder.root / "report.xlsx").read_bytes()
    one = receipt(register, job)
    assert (one.status, one.attempts, one.address) == ("accepted", 1, str(place))
    for name in ("report.xlsx", "report.html"):
        assert hashlib.sha256((job.folder.root / name).read_bytes()).hexdigest() in one.answer
    serve(register, job)
    assert receipt(register, job) == one
    assert server.addresses == ["customer@example.com", "owner@example.com"]
    register.delivered(job.ref)


def test_a_folder_alone_is_enough(register: Register, job: Report, shared: Path) -> None:
    serve(register, job, mailed=False)
    register.delivered(job.ref)
    assert register.revision(job.ref).state == "delivered"


def test_a_folder_that_is_not_there_fails_while_the_mails_go_on(
    server: Server, register: Register, job: Report, shared: Path
) -> None:
    shared.rmdir()
    with pytest.raises(DeliveryError, match=r"1 of 3 recipients .*\n.*shared.* is not there. Mount it") as caught:
        serve(register, job)
    assert str(shared) in caught.value.what
    assert server.addresses == ["customer@example.com", "owner@example.com"]
    assert receipt(register, job).status == "deferred"
    assert not shared.exists(), "an unmounted share must not be made on the worker's own disk"
    shared.mkdir()
    serve(register, job)
    assert (names(shared), receipt(register, job).status) == (NAMES, "accepted")
    assert len(server.addresses) == 2


def test_nothing_lies_there_when_one_file_cannot_be_written(
    register: Register, job: Report, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []

    def full(path: Path) -> None:
        synced.append(path)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_sync", full)
    with pytest.raises(DeliveryError, match=r"cannot be written: .*No space left"):
        serve(register, job, mailed=False)
    assert synced
    assert names(shared) == []


def test_a_copy_that_was_cut_off_is_finished(register: Register, job: Report, shared: Path) -> None:
    copy = shared_copy(job, is_correction=False)
    assert copy is not None
    register.plan_deliveries(
        job.ref, [(copy.recipient, copy.address, copy.message_id)], register.revision(job.ref).due_at
    )
    at = register.revision(job.ref).due_at
    register.record_delivery(job.ref, copy.recipient, copy.address, "sending", "", copy.message_id, at)
    place = shared / "customer_monthly" / "2026-09"
    place.mkdir(parents=True)
    (place / NAMES[0]).write_bytes((job.folder.root / "report.html").read_bytes())
    serve(register, job, mailed=False)
    assert (names(shared), receipt(register, job).status) == (NAMES, "accepted")


def test_another_file_is_not_replaced(register: Register, job: Report, shared: Path) -> None:
    place = shared / "customer_monthly" / "2026-09"
    place.mkdir(parents=True)
    (place / NAMES[1]).write_bytes(b"somebody's own")
    with pytest.raises(DeliveryError, match="Another file lies at"):
        serve(register, job, mailed=False)
    assert names(shared) == [NAMES[1]]
    assert (place / NAMES[1]).read_bytes() == b"somebody's own"


def test_a_correction_lies_beside_what_it_corrects(register: Register, job: Report, shared: Path) -> None:
    serve(register, job, mailed=False)
    register.delivered(job.ref)
    register.seal(job.ref, "archive", "m" * 64, register.revision(job.ref).due_at)
    second = job.of(revision=2)
    released(register, second)
    (job.folder.root / "report.html").write_text("corrected", encoding="utf-8")
    with pytest.raises(ContentChangedError):
        serve(register, second, mailed=False, corrects=True)
    (job.folder.root / "report.html").write_text("<p>客户服务月报</p>", encoding="utf-8")
    serve(register, second, mailed=False, corrects=True)
    marked = ["客户服务月报 2026-09 r2 更正.html", "客户服务月报 2026-09 r2 更正.xlsx"]
    assert names(shared) == sorted([*NAMES, *marked])


def test_a_link_in_the_shared_folder_leads_nowhere(
    register: Register, job: Report, shared: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (shared / "customer_monthly").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DeliveryError, match="leads out of the shared folder"):
        serve(register, job, mailed=False)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.fixture
def bucket() -> Iterator[str]:
    import fsspec
    from airflow.sdk.io import attach

    files = fsspec.filesystem("memory")
    attach("memory", fs=files)
    files.store.clear()
    yield "memory://shared"
    files.store.clear()


def test_an_object_store_will_do(register: Register, folder: Path, bucket: str) -> None:
    made = report(folder)
    released(register, made)
    job = with_folder(made, bucket)
    for _again in range(2):
        serve(register, job, mailed=False)
    from airflow.sdk import ObjectStoragePath

    lying = ObjectStoragePath(bucket) / "customer_monthly" / "2026-09"
    assert sorted(path.name for path in lying.iterdir()) == NAMES
    assert receipt(register, job).attempts == 1


def test_an_object_store_that_cannot_be_had_is_told(register: Register, folder: Path) -> None:
    made = report(folder)
    released(register, made)
    with pytest.raises(DeliveryError, match=r"deferred, No library here can open a store with scheme 'nosuch'"):
        serve(register, with_folder(made, "nosuch://bucket/x"), mailed=False)


def test_it_may_not_lie_where_the_product_keeps_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ITSS_VAR", str(tmp_path))
    monkeypatch.setenv("ITSS_ARCHIVE_URL", "s3://store@bucket/archive")
    place = settings()
    assert overlap(f"{tmp_path}/workspace/x", place) == "workspace"
    assert overlap(f"file://{tmp_path}/", place) == "workspace"
    assert overlap(f"{tmp_path}/inbox", place) == "inbox"
    assert overlap("s3://other@bucket/archive/x", place) == "archive"
    assert overlap("s3://bucket", place) == "archive"
    assert overlap("s3://bucket/archived", place) == ""
    assert overlap(f"{tmp_path}/published", place) == ""


def test_at_run_time_too(register: Register, job: Report, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_ARCHIVE_URL", f"file://{shared}/archive")
    with pytest.raises(DeliveryError, match="overlaps with the archive"):
        serve(register, job, mailed=False)
    assert list(shared.iterdir()) == []
