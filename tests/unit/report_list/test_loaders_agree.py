"""However a list is laid out, all who read it agree on which entries there are, and what may not run runs nowhere.

`load` reads everything and is the measure; `load_one`, `load_accepted` and the shards read a part, and each must find
of it what `load` does.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss.flow.listing import _own_keys
from itss.report_list import shards as shards_module
from itss.report_list.audience import people_for
from itss.report_list.loader import keys_of, load, load_accepted, load_one
from itss.report_list.shards import shards_of
from list_material import AGREEMENT, LIST

NAMES = ("aa", "ab", "a_b", "bb", "customer", "customer_monthly", "monthly")
CUSTOMERS = ("acme", "globex", "aa")


def plain(words: str) -> Any:
    return yaml.load(words, Loader=yaml.BaseLoader)


def dump(path: Path, data: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def head(tmp_path: Path) -> Path:
    """A folder with the agreement and the people, and no entry yet."""
    dump(tmp_path / "agreements" / "sla.yaml", plain(AGREEMENT))
    document = plain(LIST)
    document.pop("reports")
    dump(tmp_path / "people.yaml", document)
    return tmp_path / "report_list.yaml"


def entry(key: object, **more: Any) -> dict[str, Any]:
    return {**plain(LIST)["reports"][0], "key": key, **more}


def customer(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": {"zh-CN": "客户", "en": "Customer"}, **more}


def put(head: Path, file: str, *entries: dict[str, Any]) -> None:
    dump(head.parent / "reports" / file, entries[0] if len(entries) == 1 else list(entries))


def refuse_disagreement(head: Path, *, is_spelled_otherwise: bool = False) -> None:
    """Every key that anybody finds is found by everybody, or by nobody."""
    loaded = load(head)
    entries = {one.key: one for one in loaded.list.reports}
    asked = {*loaded.keys, *NAMES, *(f"{name}.{one}" for name in NAMES for one in CUSTOMERS)}
    for key in sorted(asked):
        one = load_one(head, key)
        assert (key in one.keys) == (key in loaded.keys), key
        if key in entries:
            assert one.list.reports == (entries[key],), key
            assert load_accepted(head, key).reports == (entries[key],), key
        else:
            assert one.list.reports == (), key
    counts = Counter(keys_of(loaded.document.data)) if loaded.document else Counter[str]()
    doubled = {key for key, count in counts.items() if count > 1}
    for stubs in (1, 4):
        shards, made, owned = shards_of(head, stubs), Counter[str](), Counter[str]()
        for number in range(shards.count):
            part = load(head, wanted=shards.wanted(number))
            own = _own_keys(part, shards, number)
            owned.update(own)
            made.update(one.key for one in part.list.reports if one.key in own)
            assert all(one == entries.get(one.key, one) for one in part.list.reports)
        assert made.keys() >= entries.keys()
        if not is_spelled_otherwise:
            assert owned == Counter(loaded.keys), "two DAG files would have one DAG in turns"
            assert not made.keys() & doubled


LAYOUTS = range(24)


@pytest.mark.parametrize("seed", LAYOUTS)
def test_all_readers_agree_on_every_layout(head: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards_module, "MOST", 2)  # a few entries are many, then
    monkeypatch.setattr(shards_module, "SPREAD_FROM", (2, 1))
    chance = random.Random(seed)
    at_hand: list[dict[str, Any]] = []
    for name in chance.sample(NAMES, chance.randint(2, len(NAMES))):
        more: dict[str, Any] = {}
        if chance.random() < 0.3:
            more["for_each"] = chance.choice(["customers.yaml", "others.yaml"])
        if chance.random() < 0.25:
            more["was"] = chance.choice((*NAMES, "old"))
        if chance.random() < 0.15:
            more["author"] = "head"  # who approves it
        at_hand.append(entry(name, **more))
    if chance.random() < 0.3:
        at_hand.append(entry(chance.choice(NAMES)))  # most likely a second one of the key
    chance.shuffle(at_hand)
    in_head = [at_hand.pop() for _ in range(chance.randint(0, 1))]
    if in_head:
        dump(chance.choice([head, head.parent / "reports" / "in_section.yml"]), {"reports": in_head})
    while at_hand:
        several = [at_hand.pop() for _ in range(min(chance.randint(1, 3), len(at_hand)))]
        name = chance.choice([several[0]["key"], chance.choice(NAMES), "report_list"])
        file = f"{name}{len(at_hand) if chance.random() < 0.5 else ''}.{chance.choice(['yaml', 'yaml', 'yml'])}"
        if not (head.parent / "reports" / file).exists():
            put(head, file, *several)
    whose = [customer(one, **({"was": {"aa": "old"}} if chance.random() < 0.3 else {})) for one in CUSTOMERS]
    if chance.random() < 0.3:
        whose[0]["approvers"] = {chance.choice(["approval", "no_level"]): ["author"]}
    dump(head.parent / "customers.yaml", {"customers": whose})
    dump(head.parent / "others.yaml", {"customers": chance.choice([whose[:1], [*whose, whose[0]]])})
    refuse_disagreement(head)


def was_twice(head: Path) -> set[str]:
    put(head, "aa.yaml", entry("aa", was="old"))
    put(head, "bb.yaml", entry("bb", was="old"))
    return set()


def was_is_the_key_of_another(head: Path) -> set[str]:
    put(head, "aa.yaml", entry("aa"))
    put(head, "bb.yaml", entry("bb", was="aa"))
    return {"aa"}


def was_of_a_customer(head: Path) -> set[str]:
    put(head, "aa.yaml", entry("aa", for_each="customers.yaml"))
    put(head, "bb.yaml", entry("bb", was="old"))
    dump(head.parent / "customers.yaml", {"customers": [customer("acme", was={"aa": "old"}), customer("globex")]})
    return {"aa.globex"}


def was_of_all_customers(head: Path) -> set[str]:
    put(head, "aa.yaml", entry("aa", for_each="customers.yaml", was="old"))
    put(head, "bb.yaml", entry("bb", for_each="customers.yaml", was="old"))
    dump(head.parent / "customers.yaml", {"customers": [customer("acme")]})
    return set()


def a_copy_whose_key_nobody_changed(head: Path) -> set[str]:
    for number in range(6):
        put(head, f"aa{number}.yaml", entry("aa" if number < 2 else f"aa_{number}"))
    return {f"aa_{number}" for number in range(2, 6)}


def the_same_key_in_other_letters(head: Path) -> set[str]:
    put(head, "aa.yaml", entry("aa"))
    put(head, "bb.yaml", entry("XX"))
    file = head.parent / "reports" / "bb.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("key: XX", r'? "k\u0065y"' + "\n" + r': "\x61a"'), "utf-8")
    return set()


def a_file_of_the_name_with_others(head: Path) -> set[str]:
    put(head, "customer.yaml", entry("customer_monthly"), entry(3), {"title": "no key"})
    put(head, "others.yaml", entry("customer"))
    return {"customer", "customer_monthly"}


def a_key_by_default(head: Path) -> set[str]:
    dump(head.parent / "defaults.yaml", {"key": "aa"})
    put(head, "several.yaml", {k: v for k, v in entry("").items() if k != "key"}, entry("bb"))
    return {"bb"}


def a_former_key_by_default(head: Path) -> set[str]:
    dump(head.parent / "defaults.yaml", {"was": "old"})
    put(head, "aa.yaml", entry("aa"))
    put(head, "bb.yaml", entry("bb", was="older"))
    return {"bb"}


def customers_by_default(head: Path) -> set[str]:
    dump(head.parent / "defaults.yaml", {"for_each": "customers.yaml"})
    dump(head.parent / "customers.yaml", {"customers": [customer("acme")]})
    put(head, "aa.yaml", entry("aa"))
    return set()


def customers_of_elsewhere(head: Path) -> set[str]:
    (head.parent / "sub").mkdir()
    dump(head.parent / "sub" / "customers.yaml", {"customers": [customer("acme")]})
    put(head, "aa.yaml", entry("aa", for_each="sub/customers.yaml"))
    put(head, "bb.yaml", entry("bb", for_each=None))
    return set()


def a_customer_twice_of_whom_one_is_broken(head: Path) -> set[str]:
    put(head, "aa.yaml", entry("aa", for_each="customers.yaml"))
    whose = [customer("acme"), customer("acme", title=3), customer("globex")]
    dump(head.parent / "customers.yaml", {"customers": whose})
    return {"aa.globex"}


def entries_among_the_people(head: Path) -> set[str]:
    people = head.parent / "people.yaml"
    dump(people, {**plain(people.read_text(encoding="utf-8")), "reports": [entry("aa"), entry("bb")]})
    put(head, "people.yaml", entry("customer"))
    return {"aa", "bb", "customer"}


CASES = (
    *(was_twice, was_is_the_key_of_another, was_of_a_customer, was_of_all_customers),
    a_copy_whose_key_nobody_changed,
    the_same_key_in_other_letters,
    *(a_file_of_the_name_with_others, a_key_by_default, a_former_key_by_default, customers_by_default),
    *(customers_of_elsewhere, a_customer_twice_of_whom_one_is_broken, entries_among_the_people),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_may_not_run_runs_through_no_reader(head: Path, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards_module, "MOST", 1)
    sound = case(head)
    loaded = load(head)
    assert {one.key for one in loaded.list.reports} == sound
    assert bool(loaded.problems) == (sound != loaded.keys or case in (a_key_by_default, a_file_of_the_name_with_others))
    refuse_disagreement(head, is_spelled_otherwise=case is the_same_key_in_other_letters)


def test_a_customer_with_a_fault_is_still_in_the_list(head: Path) -> None:
    put(head, "aa.yaml", entry("aa", for_each="customers.yaml"))
    whose = [customer("acme", title=3), customer("globex", approvers={"no_level": ["head"]}), customer("initech")]
    dump(head.parent / "customers.yaml", {"customers": whose})
    loaded = load(head)
    assert [one.key for one in loaded.list.reports] == ["aa.initech"]
    assert loaded.keys == {"aa.acme", "aa.globex", "aa.initech"}, "or their open reports would count as deleted"
    assert len(loaded.problems) == 2
    assert loaded.list.customers is None, "nobody knows whom a broken customer names"


@pytest.mark.parametrize("broken", ["customer", "delegate", "file"])
def test_an_error_shows_nobody_of_another_customer(head: Path, broken: str) -> None:
    """The people whom no customer names may be known to all; one whom a faulty customer names is none of them."""
    people = plain((head.parent / "people.yaml").read_text(encoding="utf-8"))
    for name in ("canary", "stand_in"):
        people["people"][name] = {
            "title": {"zh-CN": "人", "en": "Canary"},
            "email": f"{name}@example.com",
            "user": name,
        }
    delegate = {"for": "canary", "to": "stand_in", "from": "2026-01-01", "until": "2026-12-31", "reason": "leave"}
    people["delegates"] = [{**delegate, "reason": ""} if broken == "delegate" else delegate]
    dump(head.parent / "people.yaml", people)
    theirs = customer("globex", recipients=["canary"], **({"title": 3} if broken == "customer" else {}))
    dump(head.parent / "customers.yaml", {"customers": [customer("acme")]})
    other = head.parent / "others.yaml"
    dump(other, {"customers": [theirs]})
    other.write_bytes(b"\xef\xbb\xbf" + other.read_bytes() + (b"\n}" if broken == "file" else b""))
    put(head, "aa.yaml", entry("aa", for_each="customers.yaml"))
    put(head, "bb.yaml", entry("bb", for_each="others.yaml"))
    for found in (load(head).list, load_one(head, "aa.acme").list, load_accepted(head, "aa.acme")):
        known = people_for(found.entry("aa.acme"), found).people
        assert not {"canary", "stand_in"} & known.keys()
        assert "head" in known


def test_what_looks_like_a_part_of_the_list_is_told_of(head: Path) -> None:
    put(head, "aa.yaml", entry("aa"))
    reports = head.parent / "reports"
    (reports / "sub").mkdir()
    for file in (reports / "sub" / "bb.yaml", reports / "CC.YAML", head.parent / "defaults.yml"):
        file.write_text("comment: true\n", encoding="utf-8")
    (reports / "circle.yaml").symlink_to("circle.yaml")
    (reports / "empty.yaml").write_text("reports: []\n", encoding="utf-8")
    (reports / ".hidden.yaml").write_text("comment: true\n", encoding="utf-8")
    (head.parent / "defaults.yaml").symlink_to("nowhere.yaml")
    loaded = load(head)
    assert (loaded.keys, loaded.list.reports) == ({"aa"}, ()), "of a link that leads nowhere nobody knows what it says"
    found = sorted(str(problem.file.relative_to(head.parent)) for problem in loaded.problems)
    names = ["CC.YAML", "circle.yaml", "empty.yaml", "sub/bb.yaml"]
    assert found == sorted(["defaults.yaml", "defaults.yml", *(f"reports/{name}" for name in names)])
    assert all(str(problem) for problem in loaded.problems)


def test_a_folder_that_is_none_is_told_of(head: Path) -> None:
    dump(head, {"reports": [entry("aa")]})
    (head.parent / "reports").write_text("", encoding="utf-8")
    loaded = load(head)
    assert [one.key for one in loaded.list.reports] == ["aa"]
    assert [problem.file.name for problem in loaded.problems] == ["reports"]
