"""Writes ``docs/reference/report-list.md`` from the models, so that no key goes undescribed.

``python -m itss.report_list.reference > docs/reference/report-list.md``; a test compares the two.
"""

from __future__ import annotations

from itss.agreements.models import Agreement, AgreementVersion, ServiceHours, Target, TimeTarget
from itss.agreements.terms import AgreedService, SatisfiedAnswers
from itss.exclusions.models import Evidence, Exclusion
from itss.model_table import model_table
from itss.report_list.customers import Customer
from itss.report_list.data_source import DataSource
from itss.report_list.entry_parts import ApprovalLevel, Distribution, ReportPeriod, When
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Delegate, Person

_HEAD = """\
# The report list and the agreements

Made from the models by `python -m itss.report_list.reference`; change the words there.

These files are edited by hand:

| file | what |
|---|---|
| `include/report_list.yaml`, or the one of `ITSS_REPORT_LIST` | 服务报告列表: what is reported, to whom, when |
| `reports/<key>.yaml` beside it | entries in files of their own: [the list in files](#the-list-in-files) |
| `people.yaml`, `defaults.yaml` beside it | the people apart; what every entry says unless it says otherwise |
| `customers.yaml` beside it | for whom one entry is made (`for_each`): [how](../how-to/many-customers.md) |
| `agreements/<name>.yaml` beside it | targets and service hours, by effective date (SLA, UC, KPI) |
| `agreements/exclusions.yaml` | what a customer agreed not to count: [how](../how-to/agreed-exclusions.md) |
| `measures.yaml` beside it, if wanted | KPIs, columns and processes of your own: [its keys](measures-file.md) |

Queries lie in `sql/<system>/<process>.sql` beside the list, else in `include/sql`; see [sources](../sources.md).

After every edit:

```console
python -m itss check
```

It lists **all** problems as `file:line: where: what is wrong and what to do`, and ends with 1 if there are any;
`--list FILE` reads another list. A bad entry does not stop the others: they keep their DAGs, and the bad one is red
in the UI with the same words. Only a file that is no YAML, or a list without a report manager, stops everything.

## How the files are read

- Text in two languages is `{zh-CN: …, en: …}`; both are needed. Colons and quotes are the half-width ones.
- Keys that are not described here are refused, and so is a key that is written twice.
- Days are written `2026-01-31`, times `"18:00"`. `NO` is Norway, not *no*: only `true` and `false` are yes and no.
- Numbers where text is expected (`version: 2026`) go in quotes.
- What several entries share is written once with an anchor (`approval: &two_levels`) and used again by its name
  (`approval: *two_levels`).
- A person is named by the key under `people`; names of persons need not appear anywhere.

## The list in files

One file is enough for some dozens of reports. A longer list is kept in a folder, and both may be mixed:

```
include/
  report_list.yaml        the head; may be left out where the others say all of it
  people.yaml             report_manager, people, delegates, pools: any section of the head
  defaults.yaml           keys of an entry that all entries have unless they say otherwise
  customers.yaml          customers for whom an entry is made
  reports/
    customer_monthly.yaml   one entry; its `key` may be left out, it is the file's name
    internal.yaml           several: a list of entries, or `reports:` with one
```

- `--list` and `ITSS_REPORT_LIST` take the head or the folder that it is in; `agreements/`, `sql/`, `templates/` and
  `measures.yaml` are there.
- What an entry says wins over `defaults.yaml`, and its customer over the entry: groups (`period`, `distribution`,
  `data_source`) key by key, values and lists as a whole.
- A problem names the file and line where the value that won is written; a file that cannot be read stops no entry of
  another file.
- A section, a person or a key of an entry that is in two files is an error: nobody knows which one was meant.
- Without `defaults.yaml` nobody knows what an entry says: while it cannot be read, no entry runs. `key`, `was`,
  `for_each` and `retired` are of one entry alone, and no default.
- A file that looks like a part of the list and is none (`people.yml`, a folder below `reports`, `X.YAML`) is an error.
- Two entries of one key, or with one `was`, run nowhere, in whichever files they are.
- Name a file like its entry. A task then reads this file and no other; where the entry is in another file, all of them
  are searched for it.
- Airflow makes the DAGs in up to 32 files, `dags/service_reports_NN.py`, of 100 DAGs at most each; in which one a DAG
  is follows from the list by itself. `itss check` says when more are needed: they are copies with the next number.

## Rules between the keys

- No approver is the author, and nobody can answer two levels (四眼原则: four eyes are two persons). Two keys are one
  person where they have one Airflow user or one address, whatever their case, blanks, width or Unicode form. A level
  that names nobody is open to everybody, so it must be the only one. `separate_people: false` lets one person answer
  several levels; the author never does.
- Approvers, delegates and the author have a `user`.
- A delegate stands in for an approver from one day to another, and passes nothing on. They are asked beside the
  approver whenever they are named; what they answer outside their days is refused. They are no second key of the
  approver, not the author of what the approver approves, and no approver of another level of it; no two delegates of
  one person share a day; people who share a day do not stand in for each other in a circle, and nobody stands in at
  two levels of one report. A delegate that breaks a rule stands in for nobody; entries and other delegates go on.
- Nobody gets a report twice: neither a key nor an address is written twice among the recipients.
- An address is one plain address in ASCII, without quotes, comments and IP addresses; a domain of other characters is
  written in its `xn--` form.
- A report goes to recipients, into a shared `folder` (公共平台), or both. The folder is an absolute path or an object
  store URL, holds no password (that is in the Airflow connection), is there before the first report, and has nothing
  to do with workspace, archive and inbox.
- A report on record keeps its `kind` and `year_starts`: its periods would get other names, and their history would be
  lost. `itss check` asks the record; new periods are a new entry, and the old one is `retired`.
- The schedule starts exactly once in every period, and before the report of the period before is due.
- With `start_within` the schedule has one plain number for minute and hour, the last moment of that time is before the
  report is due, and on the same day.
- A report named in `after` is another one, has periods that make up this one's (three months a quarter, or the same
  period; in the same `timezone`), and is due no later. Reports do not wait for each other in a circle. For an entry
  with `for_each` a plain key means the report of the same customer, where there is one.
- A pool is named after the `connection` of at least one data source.
- `first` is the first day of a period, and the agreement has a version in force in that period.
- A data source has either a `connection` or a `file`; `reporting` has neither, it comes from the register alone
  (`collection_method: register`).
- A report that has ended keeps its entry, with `retired: <day>`: no period that ends after the day is owed, and what
  is open ends as it was opened. Its key is never used again for another report.
- A key changes only with `was: <old key>`. `itss check` asks the record: a new key while one on record has vanished
  from the list is an error.

"""
_AGREEMENT_HEAD = """\
## Agreements

One file, one agreement; the file is named like its key. A change is a **new version** with its first day; old versions
stay, because a report of an old period is judged by the version in force on the last day of that period.

- Versions stand in the order of their days, each with its own.
- Intervals of a day do not overlap. An interval across midnight (`["22:00", "06:00"]`) belongs to the day on which it
  begins: it runs into the next day, be that closed, and after a closed day there is no morning of it. `00:00` and
  `23:59` as an end are the midnight that ends the day; `itss check` says where it read 23:59 so.
- Half days and the like are `special_days`; they win over weekdays, holidays and make-up days, and `[]` is closed.
- Service hours count by the version in force on each day, from its midnight on; targets by the period's last day.
- Time targets: where a priority has a time, it counts in the service hours of the agreement, or in the priority's own
  `hours`. Where it says `none`, nothing is promised and no ticket is judged. Where it says nothing, the source's own
  deadline counts, and where there is none either, the ticket is not judged; the checks page says of how many tickets.
- On a make-up work day (调休) the hours of `makeup_like` count. While the package `holidays` does not know the official
  days of a year yet, write them as `closed_days` and `makeup_days`; these win over the country's.
- A target names a measure of [measures.md](measures.md) and has either `at_least` or `at_most`.
- A measure may have a target of each period and another one `over: year`. The entry's `history` then reaches back to
  the begin of the year (12 months, 4 quarters, 53 weeks).
- Availability divides by the agreed service time of the `services`: all open hours of the period from a service's
  first day to its last. A service that was never down is one of them, at 100 %; an outage of a service that is not
  named is in no figure, and is a finding.

"""
_LIST = (
    ("The list", ReportList),
    ("people: a person", Person),
    ("delegates: a delegate (代理)", Delegate),
    ("reports: an entry", Entry),
    ("period (报告周期)", ReportPeriod),
    ("data_source: a source (报告数据来源)", DataSource),
    ("approval: a level (报告审批要求)", ApprovalLevel),
    ("distribution (报告分发要求)", Distribution),
    ("when: what starts it beside its schedule", When),
    ("customers.yaml: a customer, in the list `customers`", Customer),
)
_AGREEMENT = (
    ("The agreement", Agreement),
    ("versions: a version", AgreementVersion),
    ("service_hours", ServiceHours),
    ("time_targets: the times of a priority, in hours of service time", TimeTarget),
    ("targets: a target", Target),
    ("services: a service", AgreedService),
    ("satisfied: the satisfied answers of a scale", SatisfiedAnswers),
    ("exclusions.yaml: an exclusion (约定剔除), in the list under the key of its agreement", Exclusion),
    ("evidence of an exclusion", Evidence),
)


def document() -> str:
    """The whole page."""
    parts = [_HEAD, "## Keys of the report list\n\n", *(model_table(title, model) for title, model in _LIST)]
    parts += [_AGREEMENT_HEAD, *(model_table(title, model) for title, model in _AGREEMENT)]
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    print(document(), end="")
