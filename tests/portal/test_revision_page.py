from walk import draft, answer, CLERK, GOOD
from itss import steps


def test_debug(visit, mail):
    job, _ = draft()
    steps.ask(job, "initial_review")
    one = visit("head_of_department")
    got = one.get("/reports/servicenow_incidents/2026-09/r01")
    import pathlib; pathlib.Path("/tmp/look/rev.html").write_text(got.text); print(got.status_code)
    f = one.get("/reports/servicenow_incidents/2026-09/1/files/report.html")
    print(f.status_code, f.headers, len(f.content))
    f = one.get("/reports/servicenow_incidents/2026-09/1/rows?process=incident&measure=opened")
    print(f.status_code, f.headers, f.text)
    assert 0
