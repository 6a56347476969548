"""An address that no mail can be sent to is refused by `check`, not on the day when the report is due."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st
from itss.report_list.addresses import _PLAIN, address_problem
from itss.report_list.loader import Loaded

PLAIN = "Write one plain address"
REFUSED = [
    ("x:victim@example.com", "':'", PLAIN),
    ("a(comment)@example.com", "'('", PLAIN),
    ("a@example.com(comment)", "'('", PLAIN),
    ("'a'@(x)example.com", "'('", PLAIN),
    ("a\x00b@example.com", "U+0000", PLAIN),
    ("a\x7f@example.com", "U+007F", PLAIN),
    ("a\\b@example.com", "invalid characters", PLAIN),
    ("a@[10.0.0.1]", "'['", PLAIN),
    ("a..b@example.com", "two periods", PLAIN),
    (".a@example.com", "start with a period", PLAIN),
    ("a@example.com.", "two periods", PLAIN),
    ("a@-example.com", "hyphen", PLAIN),
    ("a@xn--a.com", "IDNA", PLAIN),
    ("a@" + "x" * 64 + ".com", "too many", PLAIN),
    ("客户@example.com", "'客'", "plain ASCII"),
    ("a\u202e@example.com", "before the @-sign", "plain ASCII"),
    ("a@例子.com", "domain is not plain ASCII", "Write it as a@xn--fsqu00a.com."),
    ("a@ｅxample.com", "domain is not plain ASCII", "Write it as a@example.com."),
]
TAKEN = [
    "report_author@example.com",
    "A.B-c_d@Example.COM",
    "o'brien+reports@example.com",
    "a@xn--fsqu00a.com",
    "root@localhost",
    "reports+a@mail.corp.local",
    "a@10.0.0.1",
    "1@a-b.c-d.example",
    "_a@example.com",
]


@pytest.mark.parametrize(("address", "said", "remedy"), REFUSED)
def test_it_is_refused_with_line_and_remedy(
    with_change: Callable[[str, str], Loaded], written: Path, address: str, said: str, remedy: str
) -> None:
    change = f"email: {json.dumps(address)}"
    loaded = with_change("email: customer@example.com", change)
    problem = loaded.problems[0]
    assert (problem.where, said in problem.message, remedy in problem.remedy) == ("people.customer.email", True, True)
    assert written.read_text(encoding="utf-8").splitlines()[problem.line - 1].strip() == change
    assert "customer" not in loaded.list.people


@pytest.mark.parametrize("address", TAKEN)
def test_it_is_taken(with_change: Callable[[str, str], Loaded], address: str) -> None:
    loaded = with_change("email: customer@example.com", f"email: {json.dumps(address)}")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.list.people["customer"].email == address


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_the_library_takes_what_it_is_not_asked_about(address: str) -> None:
    assert validate_email(address + ".example.com", check_deliverability=False).ascii_email
    assert address_problem(address) is None


def test_a_task_and_a_plain_list_do_not_import_the_library(written: Path) -> None:
    code = f"""
import sys, pathlib
from itss.report_list.loader import load, load_accepted
path = pathlib.Path({str(written)!r})
load(path)
path.write_text(path.read_text('utf-8').replace('customer@', 'x:customer@'), 'utf-8')
assert load_accepted(path).people['customer'].email == 'x:customer@example.com'
print('email_validator' in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
