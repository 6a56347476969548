"""Was the approval valid: who approved what, when, and was anybody against it. In the order of the ledger's lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from itss.audit.documents import SaidLevel
from itss.audit.facts import FOR_ARCHIVE, Answer, NotJudgedError, Version
from itss.audit.rules.base import ASK, other, rule
from itss.register.answers import ANSWERED, CANCELLED, DECIDED
from itss.register.ledger import Line
from itss.register.life import OUT
from itss.report_list.persons import folded
from itss.steps.approving import VOIDING
from itss.text import Text, text


@rule(
    "approved",
    "声明书所列各级审批均已批准此份声明书",
    "each level of the statement has approved this very statement",
    ASK,
)
def approved(version: Version) -> Iterator[Text]:
    """Marked as done counts where the statement says that it does."""
    answers = version.counting
    if not version.carried.levels:
        yield text("声明书没有任何审批级别", "the statement has no level of approval")
    for level in version.carried.levels:
        one = answers.get(level.name)
        if one is None:
            yield text(f"{level.name}：没有对此份声明书的答复", f"{level.name}: has not answered this statement")
        elif one.answer == "marked_done" and not level.accepts_marked_done:
            yield text(
                f"{level.name}：任务被标记完成，不算批准", f"{level.name}: was marked as done, which is no approval"
            )
        elif one.answer not in ("approve", "marked_done"):
            yield text(f"{level.name}：答复为 {one.answer}", f"{level.name}: the answer was {one.answer}")
    for name in sorted(answers.keys() - {level.name for level in version.carried.levels}):
        yield text(f"{name}：声明书没有这一级", f"{name}: the statement has no such level")


@rule(
    "named_approver",
    "审批人为声明书为该级指定的人，或其在代理期限内的代理人",
    "each answer is by somebody whom the statement names for the level, or by their delegate in the days of the "
    "delegation",
    ASK,
)
def named_approver(version: Version) -> Iterator[Text]:
    """A level that names nobody may be answered by anybody, but not by nobody. The line names both."""
    for level in version.carried.levels:
        one = version.counting.get(level.name)
        if one is None or one.answer != "approve":
            continue
        if one.on_behalf:
            yield from _stood_in(level, one, version)
            continue
        users = {person.user for person in level.approvers if person.user}
        if not one.who_id or (level.approvers and one.who_id not in users):
            who = one.who_id or "–"
            yield other(level.name, " / ".join(sorted(users)) or "–", who)


def _stood_in(level: SaidLevel, one: Answer, version: Version) -> Iterator[Text]:
    """What is wrong with an answer on somebody's behalf: for whom, by whom, and on which day."""
    given, who = one.delegation, one.who_id or "–"
    if one.on_behalf not in {person.key for person in level.approvers}:
        yield text(
            f"{level.name}：{who} 代 {one.on_behalf} 答复，但后者不是该级审批人",
            f"{level.name}: {who} stood in for {one.on_behalf}, who is no approver of it",
        )
    if who != given.get("user"):
        yield text(
            f"{level.name}：代 {one.on_behalf} 的是 {given.get('user')}，而非 {who}",
            f"{level.name}: {given.get('user')} stands in for {one.on_behalf}, and not {who}",
        )
    day = one.at.astimezone(ZoneInfo(version.job.entry["period"]["timezone"])).date().isoformat()
    since, until = str(given.get("from")), str(given.get("until"))
    if not since <= day <= until:
        yield text(
            f"{level.name}：{who} 于 {day} 代 {one.on_behalf} 答复，代理期限为 {since} 至 {until}",
            f"{level.name}: {who} stood in for {one.on_behalf} on {day}, but does so from {since} to {until}",
        )


@rule(
    "separate_people",
    "作者未审批，任何人未审批两级（本人或由他人代理）",
    "the author has not approved, and nobody has at two levels, in person or by a delegate",
    ASK,
)
def separate_people(version: Version) -> Iterator[Text]:
    """Compared as a person would: case, width, blanks, Unicode form; one mailbox is one person."""
    me = _identities(version)
    author = {folded(part) for part in (version.carried.author.user, version.carried.author.address) if part}
    signed = [(level.name, version.counting.get(level.name)) for level in version.carried.levels]
    seen: dict[str, str] = {}
    for name, one in signed:
        if one is None or not one.who_id:
            continue
        person = _parties(version, name, one, me)
        if person & author:
            yield text(f"{name}：{one.who_id} 是作者", f"{name}: {one.who_id} is the author")
        earlier = next((seen[part] for part in person if part in seen), None)
        if earlier and version.carried.separate_people:
            yield text(
                f"{name}：{one.who_id} 也审批了 {earlier}", f"{name}: {one.who_id} has approved {earlier} as well"
            )
        seen |= dict.fromkeys(person, name)


def _parties(version: Version, name: str, one: Answer, me: Mapping[str, set[str]]) -> set[str]:
    """User and mail address of who answered ``name``, and of whom they stood in for."""
    level = next(level for level in version.carried.levels if level.name == name)
    said = [one.who_id, one.delegation.get("address") if one.on_behalf else None]
    said += [
        part for person in level.approvers if person.key == one.on_behalf for part in (person.user, person.address)
    ]
    parts = {folded(part) for part in said if isinstance(part, str) and part}
    return parts.union(*(me.get(part, set()) for part in parts))


def _identities(version: Version) -> dict[str, set[str]]:
    """User and mail address of everybody whom statement or list name, by either of them."""
    said = [version.carried.author, version.carried.report_manager]
    said += [person for level in version.carried.levels for person in level.approvers]
    pairs = [(one.user, one.address) for one in said]
    pairs += [(one.user, one.email) for one in version.job.people.people.values()]
    found: dict[str, set[str]] = {}
    for pair in pairs:
        same = {folded(part) for part in pair if part}
        for part in list(same):
            same |= found.get(part, set())
        found |= dict.fromkeys(same, same)
    return found


@rule(
    "not_rejected",
    "任何人、任何一次运行中均未退回该版",
    "nobody has rejected the revision, in whatever run",
    ASK,
)
def not_rejected(version: Version) -> Iterator[Text]:
    """A rejected revision never leaves; the way on is the next one."""
    rejections = [line for line in version.lines if line.kind == "decision" and line.details.get("answer") == "reject"]
    for line in rejections:
        yield text(
            f"{line.details.get('level')}：{line.who} 退回（账本第 {line.seq} 行）",
            f"{line.details.get('level')}: rejected by {line.who} (line {line.seq} of the ledger)",
        )


@rule(
    "in_force",
    "每个答复均在其声明书有效期间作出，发布的正是当时有效的声明书",
    "each answer was given while its statement was in force, and what was released was in force",
    ASK,
)
def in_force(version: Version) -> Iterator[Text]:
    """A statement is in force from the line that rendered it to the line that voids it.

    A run that goes on for one that is gone goes on with what was in force.
    """
    present: str | None = None
    for line in version.lines:
        said = line.details.get("statement_sha256")
        if line.kind in ("rendered", "unchanged"):
            present = said
        elif line.kind in VOIDING and line.details.get("kept") != "statement":
            present = None
        elif line.kind in ("decision", "released", "taken_over") and said is not None and said != present:
            yield text(
                f"{line.kind}（账本第 {line.seq} 行）：当时有效的声明书不是 {said[:16]}",
                f"{line.kind} (line {line.seq} of the ledger): the statement {said[:16]} was not in force then",
            )


@rule(
    "order",
    "登记、编制、提交、审批、发布、分发、存档依次发生",
    "it was opened, rendered, submitted, approved, released, delivered and sealed, in this order",
    ASK,
)
def order(version: Version) -> Iterator[Text]:
    """By the numbers of the lines; no clock is asked."""
    if version.carried.archive_only:
        yield from _order_for_archive(version)
        return
    # a run that was cleared renders and submits the same statement again, and its answers stay as they were given
    signed, release = version.released.details["statement_sha256"], version.released.seq
    rendered = [one.seq for one in version.lines if one.details.get("statement_sha256") == signed]
    steps = [
        ("open", version.seq_of("open")),
        ("rendered", min(rendered)),
        (
            "submitted",
            min((one.seq for one in version.lines if one.kind == "submitted" and one.seq > min(rendered)), default=0),
        ),
        *(("decision", one.seq) for one in sorted(version.counting.values(), key=lambda one: one.seq)),
        ("released", release),
        *((kind, version.seq_of(kind)) for kind in version.ends),
    ]
    for (before, first), (after, second) in itertools.pairwise(steps):
        if not 0 < first < second:
            yield text(
                f"{after}（第 {second} 行）未在 {before}（第 {first} 行）之后",
                f"{after} (line {second}) does not come after {before} (line {first})",
            )
    # what was released may be rendered again as long as nothing of it has left
    for line in version.lines:
        if line.kind == "delivery" and line.details.get("status") in OUT and line.seq < release:
            yield text(
                f"第 {line.seq} 行：发布（第 {release} 行）之前已发出",
                f"line {line.seq}: it left before its release (line {release})",
            )
    for kind in ("open", *version.ends):
        if (count := sum(line.kind == kind for line in version.lines)) > 1:
            yield text(f"{kind} 有 {count} 行", f"there are {count} lines of {kind}")


def _order_for_archive(version: Version) -> Iterator[Text]:
    for line in version.lines:
        if line.kind in ("decision", "released", "delivery", "delivered"):
            yield text(
                f"仅为存档编制，却有 {line.kind}（第 {line.seq} 行）",
                f"it was made for the archive alone, and yet there is {line.kind} (line {line.seq})",
            )
    if not version.lines:
        raise NotJudgedError(FOR_ARCHIVE)


@rule(
    "as_answered",
    "每个决定即收到时登记的答复，没有答复被搁置",
    "each decision is the answer that was put on record as it arrived, and none was passed over",
    ASK,
)
def as_answered(version: Version) -> Iterator[Text]:
    """A decision without such a line was taken from Airflow alone, and is judged by the other rules."""
    held: dict[str, Line] = {}
    for line in version.lines:
        said = line.details
        if line.kind == ANSWERED:
            held[str(said.get("question"))] = line
        elif line.kind == CANCELLED:
            held.pop(str(said.get("question")), None)
        elif line.kind in DECIDED:
            before = held.pop(str(said.get("level")), None)
            if before is not None and _answer(before) != (
                line.who,
                said.get("answer"),
                said.get("comment"),
                *_for(said),
            ):
                yield text(
                    f"{said.get('level')}：第 {line.seq} 行的决定不是第 {before.seq} 行登记的答复",
                    f"{said.get('level')}: the decision of line {line.seq} is not the answer of line {before.seq}",
                )
    yield from _passed_over(version, held)


def _answer(line: Line) -> tuple[Any, ...]:
    """Who answered what, and for whom, as its decision says it."""
    chosen, given = line.details.get("chosen") or [""], line.details.get("given") or {}
    return line.who, str(chosen[0]).lower(), str(given.get("comment") or ""), *_for(line.details)


def _for(said: Mapping[str, Any]) -> tuple[Any, Any]:
    """On whose behalf, and by which delegation; a decision that nobody gave for another says nothing of it."""
    return said.get("on_behalf") or "", said.get("delegation") or {}


def _passed_over(version: Version, held: Mapping[str, Line]) -> Iterator[Text]:
    """Answers to what was released that never became a decision."""
    if version.carried.archive_only or not held:
        return
    signed = version.released.details["statement_sha256"]
    for level, line in held.items():
        if line.details.get("content") == signed:
            yield text(
                f"{level}：第 {line.seq} 行登记的答复没有成为决定",
                f"{level}: the answer of line {line.seq} was passed over",
            )


RULES = (approved, named_approver, separate_people, not_rejected, in_force, order, as_answered)
