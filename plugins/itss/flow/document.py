"""What an entry says, as Markdown for the DAG's documentation tab: the ten columns and who is who."""

from __future__ import annotations

from itss.report_list.data_source import DataSource
from itss.report_list.models import Entry, ReportList
from itss.report_list.schedule import cron_of

KINDS = {
    "customer": "给客户服务报告 customer report",
    "supplier": "供应商服务报告 supplier report",
    "process": "公司内部服务报告 process report",
    "improvement": "服务改进和回顾 improvement report",
}


def describe(entry: Entry, people: ReportList) -> str:
    """The entry as a table (服务报告信息收集登记表)."""
    rows = [("类型 kind", KINDS[entry.kind]), *_ten_columns(entry, people), ("协议 agreement", entry.agreement)]
    table = "\n".join(f"| {_cell(name)} | {_cell(value)} |" for name, value in rows)
    heading = f"# {_cell(entry.title.zh)} · {_cell(entry.title.en)}"
    return f"{heading}\n\n| 服务报告信息收集登记表 | |\n|---|---|\n{table}\n"


def _ten_columns(entry: Entry, people: ReportList) -> list[tuple[str, str]]:
    period = entry.period
    within = f" (`{period.schedule}`, within {entry.start_within})" if entry.start_within else ""
    year = f", years begin in month {period.year_starts}" if period.year_starts > 1 else ""
    due = f"due on working day {period.due_working_days} at {period.due_time:%H:%M} ({period.holidays})"
    sources = "; ".join(f"{name}: {_source(source)}" for name, source in entry.data_source.items())
    levels = " → ".join(
        f"{level.title.zh} {level.title.en} ({_approvers(level.approvers, people)})" for level in entry.approval
    )
    after = f"; made after 在其后编制 {', '.join(entry.after)}" if entry.after else ""
    load = f", or the load 或数据加载 `{entry.when.asset}`" if entry.when else ""
    forms = ", ".join(entry.distribution.formats)
    shared = f"; 公共平台 {entry.distribution.folder}" if entry.distribution.folder else ""
    return [
        ("报告部门 department", f"{entry.department.zh} {entry.department.en}"),
        ("报告模板 template", f"{entry.template}, {entry.language}"),
        ("报告要求 requirements", f"{entry.requirements.zh} {entry.requirements.en}"),
        ("报告周期 period", f"{period.kind}{year}, `{cron_of(entry)}`{within}{load} {period.timezone}, {due}{after}"),
        ("报告数据来源 data source", sources),
        ("报告数据收集方法 collection method", entry.collection_method),
        ("报告数据收集人员 data collector", _names(entry.data_collector, people)),
        ("报告撰写人员 author", _names((entry.author,), people)),
        ("报告审批要求 approval requirement", levels),
        ("报告分发要求 distribution requirement", f"{_names(entry.distribution.recipients, people)}: {forms}{shared}"),
    ]


def _source(source: DataSource) -> str:
    where = "handed in" if source.hand_in else source.connection or source.file or "register"
    return f"{where} ({source.system}{'' if source.mandatory else ', optional'})"


def _names(keys: tuple[str, ...], people: ReportList) -> str:
    return ", ".join(f"{people.people[key].title.zh} {people.people[key].title.en}" for key in keys) or "–"


def _approvers(keys: tuple[str, ...], people: ReportList) -> str:
    """The approvers, and everybody who is named as delegate of one, with their days."""
    stand_ins = [one for one in people.delegates if one.for_ in keys]
    said = [f"代理 delegate {_names((one.to,), people)} {one.since} – {one.until}" for one in stand_ins]
    return "; ".join((_names(keys, people), *said))


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
