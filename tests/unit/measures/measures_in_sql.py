"""Every measure as SQL over the rows of its process, written from the words of its definition.

`KNOWN` are the rows as known at P1, `VIEWS` what the queries have in common; `p0()`, `p1()`, `hours()` and `is_asked()`
are macros of the test that runs them. Requests, problems and changes are tickets like incidents: the same words over
their own rows.
"""

import re
from functools import partial

TIMES = {"Critical": (0.5, 4), "High": (1, 24), "Moderate": (8, 72), "Low": (24, 240)}
"""Agreed hours of response and resolution, by priority; any other one has none."""

# tickets as known at P1, from their states: `incident_raw` is what the source says now
KNOWN = """
create view incident_told as
select id, split_part(text, '=', 1)::timestamp as moment, split_part(text, '=', 2) as word
from (select id, unnest(string_split(states, ';')) as text, unnest(range(len(string_split(states, ';')))) as n
    from incident_raw where states is not null)
qualify row_number() over (partition by id, split_part(text, '=', 1) order by n desc) = 1;
create view incident_step as
select id, moment, case when word = 'closed' and before = 'cancelled' then 'cancelled' else word end as word
from (select *, lag(word) over (partition by id order by moment) as before from incident_told
    qualify before is distinct from word);
create view incident_life as
select *, word in ('solved', 'closed') as done, coalesce(before in ('solved', 'closed'), false) as was_done,
    lead(moment) over (partition by id order by moment) as until
from (select *, lag(word) over (partition by id order by moment) as before from incident_step
    qualify before is distinct from word);
create view incident_known as
select id, arg_max(word, moment) as word, max(moment) filter (done and not was_done) as solved_at, max(moment) as since,
    count(*) filter (was_done and word in ('open', 'paused')) as reopenings,
    min(moment) filter (was_done and word in ('open', 'paused')) as first_reopened_at,
    string_agg(moment::varchar || '/' || coalesce(until::varchar, ''), ';') filter (word = 'paused') as spells
from incident_life where moment < p1() group by id;
create view incident_priority as
select id, arg_max(word, moment) as word, arg_max(word, moment) filter (moment < p0()) as word_before
from (select id, split_part(text, '=', 1)::timestamp as moment, split_part(text, '=', 2) as word
    from (select id, unnest(string_split(priorities, ';')) as text,
            unnest(range(len(string_split(priorities, ';')))) as n
        from incident_raw where priorities is not null)
    qualify row_number() over (partition by id, split_part(text, '=', 1) order by n desc) = 1)
where moment < p1() group by id;
create view incident as
select case when priorities is null then priority else word_before end as priority_before, incident_raw.* replace (
    case when opened_at >= p1() then null when states is null then resolved_at
        when k.word in ('solved', 'closed') then solved_at end as resolved_at,
    case when opened_at >= p1() then null when states is null then closed_at
        when k.word in ('closed', 'cancelled') then since end as closed_at,
    case when states is null then is_cancelled else coalesce(k.word = 'cancelled', false) end as is_cancelled,
    case when states is null then reopened_at else first_reopened_at end as reopened_at,
    case when states is null then reopen_count else coalesce(reopenings, 0) end as reopen_count,
    case when states is null then pauses else spells end as pauses,
    case when states is null then pause_h end as pause_h,
    case when priorities is null then priority else p.word end as priority)
from incident_raw left join incident_known k using (id) left join incident_priority p using (id);
create view incident_resolution as
select l.id, moment, coalesce(r.again - moment <= interval 14 days, false) as soon
from incident_life l left join lateral (
    select min(m.moment) as again from incident_life m
    where m.id = l.id and m.moment > l.moment and m.was_done and m.word in ('open', 'paused')
        and not exists (from incident_life n
            where n.id = l.id and n.moment > l.moment and n.moment < m.moment and n.was_done and not n.done)) r on true
where done and not was_done;
"""

# the views on which the figures below are written; P0 and P1 are macros
VIEWS = """
create view stops as
select *, greatest(split_part(text, '/', 1)::timestamp, opened_at) as a,
    least(coalesce(nullif(split_part(text, '/', 2), '')::timestamp, til), til) as b
from (select id, opened_at, unnest(string_split(pauses, ';')) as text,
    case when resolved_at >= p0() and resolved_at < p1() then resolved_at else p1() end as til from incident);
create view stopped as
select id, sum(greatest(hours(b - greatest(a, coalesce(covered, a))), 0)) as h
from (select *, max(b) over (partition by id order by a rows between unbounded preceding and 1 preceding) as covered
    from stops) group by id;
create view inc as
select incident.*, coalesce(is_cancelled, false) as out, coalesce(resolved_at, closed_at) as ended_at,
    hours(resolved_at - opened_at) as clock, coalesce(h, pause_h, 0) as pause,
    coalesce(pauses is null and pause_h > 0.02 + hours(case when resolved_at >= p0() and resolved_at < p1()
        then resolved_at else p1() end - opened_at), false) as impossible
from incident left join stopped using (id);
create view res as select *, greatest(clock - pause, 0) as worked from inc
where not impossible and resolved_at >= p0() and resolved_at < p1() and not out and clock >= 0;
create view resp as select *, hours(responded_at - opened_at) as waited from inc
where responded_at >= p0() and responded_at < p1() and not out and responded_at >= opened_at;
-- a cancellation in the states decides; where they tell of none, the outcome does, once it is known or the change over
create view chg as
select * exclude (known) replace (known as outcome), ended_at + interval 14 days as over_at,
    case when ended_at is not null and known is not null then greatest(ended_at, coalesce(outcome_at, ended_at)) end
        as decided_at
from (select *,
    case when outcome_at >= p1() or outcome = 'cancelled' and not out then null else outcome end as known
    from (select *,
        case when id in (select id from change_life where word = 'cancelled' and moment < p1()) then is_cancelled
            when outcome_at >= p1() then outcome is distinct from 'cancelled' and is_cancelled is true
            when outcome = 'cancelled' then states is null or coalesce(outcome_at, ended_at, closed_at) is not null
            else is_cancelled is true end as out
        from change));
create view done as select * from chg where ended_at >= p0() and ended_at < p1() and not out;
create view decided as select * from chg where decided_at >= p0() and decided_at < p1() and not out;
create view linked as
select c.*, exists (from inc i where i.caused_by_change = c.id and not i.out and i.opened_at < p1()
        and i.opened_at <= c.over_at) as in_warranty
from chg c where not c.out;
create view ind as select *, case comparison when 'at_least' then achieved >= target else achieved <= target end as met
from service_level
where measured_at >= p0() and measured_at < p1()
    and target is not null and achieved is not null and comparison is not null;
create view ans as
select *, case (scale_min, scale_max) when (1, 5) then score >= 4 when (0, 10) then score >= 8 end as glad
from satisfaction where answered_at >= p0() and answered_at < p1() and score between scale_min and scale_max;
create view surveys as select *, coalesce(expires_at, sent_at + interval 14 days) as over_at from satisfaction;
create view smp as select * from capacity
where sampled_at >= p0() and sampled_at < p1() and utilisation is not null;
create view repeats as
select i.id from inc i join problem p on p.id = i.problem where i.opened_at >= p0() and i.opened_at < p1() and not i.out
    and p.opened_at < p1()
    and exists (from inc j where j.problem = i.problem and not j.out and j.opened_at >= i.opened_at - interval 30 days
        and (j.opened_at < i.opened_at or j.opened_at = i.opened_at and j.id < i.id));
create view planned as
select *, greatest(planned_end_at - planned_start_at, interval 0 days) as length,
    hours(planned_start_at - coalesce(announced_at, opened_at)) as notice
from chg where planned_start_at >= p0() and planned_start_at < p1() and not out;
-- a window is decided by the first of the two: its change ends, or its planned end passes
create view kept as
select *, ended_at <= planned_end_at as in_time
from (select * replace (case when started_at < p1() then started_at end as started_at,
        case when ended_at < p1() then ended_at end as ended_at) from chg)
where not out and planned_start_at is not null and planned_end_at is not null
    and least(ended_at, planned_end_at) >= p0() and least(ended_at, planned_end_at) < p1()
    and case when ended_at is null then closed_at is null or closed_at >= p1()
        else ended_at > planned_end_at or started_at is not null end;
create view rel as select *, coalesce(cancelled_at < p1(), false) as out from "release";
create view imp as
select *, coalesce(is_cancelled, false) and (closed_at is null or closed_at < p1()) as out from improvement;
-- downtime from the edges: between two neighbouring edges of a service, it is down or it is not
create view promise as
select name, greatest(since, p0()) as since, least(until, p1()) as until
from (values ('Email', timestamp '2026-09-09 16:00', timestamp '2026-09-20 16:00'), ('邮件', p0(), p1()),
    ('ERP', p0(), p1()), ('VPN', p0(), p1())) as t(name, since, until)
where is_asked(name) and since < p1() and until > p0();
create view span as
select availability.*, name, coalesce(is_planned, false) as planned,
    greatest(started_at, since) as a, least(coalesce(ended_at, until), until) as b
from availability join promise on name = service where not coalesce(is_cancelled, false);
create view piece as
with edge as (select name, a as t from span where a < b union select name, b from span where a < b),
slice as (select name, t as a, lead(t) over (partition by name order by t) as b from edge)
select *,
    exists (from span s where s.name = slice.name and not s.planned and s.a <= slice.a and s.b >= slice.b) as out,
    exists (from span s where s.name = slice.name and s.planned and s.a <= slice.a and s.b >= slice.b) as agreed
from slice where b is not null;
create view spell as
with told as (select *, row_number() over (partition by name order by a)
        - row_number() over (partition by name, out order by a) as island from piece)
select name, island, sum(case when agreed then 0 else hours(b - a) * 60 end) as lost
from told where out group by name, island;
create view vul as select *, found_at < p1() and (fixed_at is null or fixed_at >= p1()) as is_open from security;
"""

FIGURES = {
    "incident": {
        "resolved": "count(*) from inc where resolved_at >= p0() and resolved_at < p1() and not out",
        "ttr_mean_h": "avg(worked) from res",
        "ttr_median_h": "quantile_cont(worked, 0.5) from res",
        "ttr_p90_h": "quantile_cont(worked, 0.9) from res",
        "ttr_clock_mean_h": "avg(clock) from res",
        "ttr_clock_median_h": "quantile_cont(clock, 0.5) from res",
        "ttr_clock_p90_h": "quantile_cont(clock, 0.9) from res",
        "tta_mean_h": "avg(waited) from resp",
        "tta_median_h": "quantile_cont(waited, 0.5) from resp",
        "tta_p90_h": "quantile_cont(waited, 0.9) from resp",
        "tta_clock_mean_h": "avg(waited) from resp",
        "tta_clock_median_h": "quantile_cont(waited, 0.5) from resp",
        "tta_clock_p90_h": "quantile_cont(waited, 0.9) from resp",
        "reopen_rate": "avg(soon::int) from incident_resolution join inc using (id) "
        "where moment + interval 14 days >= p0() and moment + interval 14 days < p1() and opened_at < p1() and not out",
        "reopen_rate_recorded": "avg((reopen_count > 0)::int * (1 - coalesce(reopened_at >= p1(), false)::int)) "
        "from inc where resolved_at >= p0() and resolved_at < p1() and not out",
        "resolution_rate": "avg((resolved_at is not null and resolved_at < p1())::int) from inc "
        "where closed_at >= p0() and closed_at < p1() and not out",
        "resolution_rate_of_opened": "avg((resolved_at is not null and resolved_at < p1())::int) from inc "
        "where opened_at >= p0() and opened_at < p1() and not out",
        "first_contact_rate": "avg(is_first_contact::int) "
        "from inc where resolved_at >= p0() and resolved_at < p1() and not out",
        "resolution_compliance_recorded": "avg(sla_met_recorded::int) "
        "from inc where resolved_at >= p0() and resolved_at < p1() and not out",
    },
    "change": {
        "resolved": "count(*) from done",
        "overran": "count(*) from kept where in_time is not true",
        "ended_early": "count(*) from kept where ended_at < planned_end_at",
        "start_moved": "count(*) from kept where started_at is distinct from planned_start_at",
        "windows": "count(*) from planned",
        "window_h_mean": "avg(hours(length)) from planned where planned_end_at >= planned_start_at",
        "window_h_median": "quantile_cont(hours(length), 0.5) from planned where planned_end_at >= planned_start_at",
        "window_h_p90": "quantile_cont(hours(length), 0.9) from planned where planned_end_at >= planned_start_at",
        "notice_h_mean": "avg(notice) from planned",
        "notice_h_median": "quantile_cont(notice, 0.5) from planned",
        "notice_h_p90": "quantile_cont(notice, 0.9) from planned",
        "short_notice": "count(*) from planned where notice < 24",
        "change_success_rate": "avg((outcome = 'successful')::int) from decided",
        "change_success_rate_procedure": "1 - avg((outcome = 'backed_out')::int) from decided",
        "change_success_rate_strict": "avg((outcome = 'successful' and not in_warranty)::int) "
        "from linked where greatest(decided_at, over_at) >= p0() and greatest(decided_at, over_at) < p1() "
        "and decided_at is not null",
        "change_outcomes_derived": "count(*) from decided where is_outcome_recorded is not true",
        "emergency_ratio": "avg((type = 'emergency')::int) from done",
        "unauthorised": "count(*) from done where is_unauthorised",
        "on_schedule_rate": "avg((in_time is true and started_at >= planned_start_at)::int) from kept",
        "caused_incident_rate": "avg(in_warranty::int) from linked where over_at >= p0() and over_at < p1()",
    },
    "problem": {
        "resolved": "count(*) from prb where resolved_at >= p0() and resolved_at < p1() and not out",
        "known_cause_rate": "avg((cause_known_at is not null and cause_known_at < p1())::int) from prb "
        "where opened_at < p1() and (ended_at is null or ended_at >= p1()) and not out",
        "repeat_incident_rate": "(select count(*) from repeats) / nullif(count(*), 0) "
        "from inc where opened_at >= p0() and opened_at < p1() and not out",
    },
    "availability": {
        "downtime_min": "coalesce(sum(lost), 0) from spell",
        "outages": "count(*) from spell where lost > 0",
        "longest_outage_min": "max(lost) from spell where lost > 0",
        "availability": "1 - coalesce((select sum(lost) from spell), 0) / sum(hours(until - since) * 60) from promise",
    },
    "improvement": {
        "on_time_improvement": "avg((closed_at is not null and closed_at <= due_at)::int) from imp "
        "where due_at >= p0() and due_at < p1() and not out",
        "opened": "count(*) from imp where opened_at >= p0() and opened_at < p1() and not out",
        "closed": "count(*) from imp where closed_at >= p0() and closed_at < p1() and not out",
        "improvements_open": "count(*) from imp where opened_at < p1() and not out "
        "and (closed_at is null or closed_at >= p1())",
        "improvements_overdue": "count(*) from imp where opened_at < p1() and not out "
        "and (closed_at is null or closed_at >= p1()) and due_at < p1()",
    },
    "release": {
        "releases_deployed": "count(*) from rel where deployed_at >= p0() and deployed_at < p1() and not out",
        "release_success_rate": "avg((outcome = 'successful')::int) from rel "
        "where outcome_at >= p0() and outcome_at < p1() and outcome is not null and not out",
        "release_on_schedule_rate": "avg(coalesce(deployed_at <= planned_at, false)::int) from rel "
        "where planned_at >= p0() and planned_at < p1() and opened_at < planned_at and not out",
    },
    "service_level": {
        "indicators": "count(*) from ind",
        "indicators_met": "count(*) from ind where met",
        "service_level_attainment": "avg(met::int) from ind",
    },
    "satisfaction": {
        "csat_answers": "count(*) from ans",
        "csat_mean": "case when count(distinct (scale_min, scale_max)) = 1 then avg(score) end from ans",
        "csat_top2": "avg(glad::int) from ans",
        "csat_response_rate": "avg((answered_at is not null and answered_at <= over_at and score is not null)::int) "
        "from surveys where over_at >= p0() and over_at < p1() and sent_at < p1()",
    },
    "capacity": {
        "utilisation_p95": "max(q) from (select quantile_cont(utilisation, 0.95) q from smp group by resource)",
        "utilisation_max": "max(utilisation) from smp",
        "days_to_threshold": "min(case when level >= threshold then 0 else (threshold - level) / slope end) from ("
        "select regr_slope(utilisation, x) as slope, regr_intercept(utilisation, x) as level, count(distinct x) as n, "
        "arg_max(threshold, x) filter (where threshold is not null) as threshold "
        "from (select *, hours(sampled_at - p1()) / 24 as x from smp) group by resource) "
        "where n >= 10 and threshold is not null "
        "and (level >= threshold or slope > 0 and (threshold - level) / slope <= 3650)",
    },
    "security": {
        "vulnerabilities_found": "count(*) from vul where found_at >= p0() and found_at < p1()",
        "vulnerabilities_fixed": "count(*) from vul where fixed_at >= p0() and fixed_at < p1()",
        "vulnerabilities_open": "count(*) from vul where is_open",
        "vulnerabilities_overdue": "count(*) from vul where is_open and due_at < p1()",
        "time_to_fix_mean_h": "avg(hours(fixed_at - found_at)) from vul "
        "where fixed_at >= p0() and fixed_at < p1() and fixed_at >= found_at",
        "time_to_fix_median_h": "quantile_cont(hours(fixed_at - found_at), 0.5) from vul "
        "where fixed_at >= p0() and fixed_at < p1() and fixed_at >= found_at",
        "time_to_fix_p90_h": "quantile_cont(hours(fixed_at - found_at), 0.9) from vul "
        "where fixed_at >= p0() and fixed_at < p1() and fixed_at >= found_at",
    },
    "reporting": {
        "reports_due": "count(*) from reporting where due_at >= p0() and due_at < p1()",
        "reports_on_time": "count(*) from reporting where due_at >= p0() and due_at < p1() and delivered_at <= due_at",
        "on_time_submission": "sum(least(coalesce(submissions_on_time, 0), coalesce(submissions_due, 0))) "
        "/ nullif(sum(coalesce(submissions_due, 0)), 0) from reporting where due_at >= p0() and due_at < p1()",
        "on_time_delivery": "avg((delivered_at is not null and delivered_at <= due_at)::int) "
        "from reporting where due_at >= p0() and due_at < p1()",
    },
}

for process, view in (("incident", "inc"), ("problem", "prb"), ("change", "chg")):
    here = "{0} >= p0() and {0} < p1() and not out"
    waiting = "opened_at < p1() and (ended_at is null or ended_at >= p1()) and not out"
    FIGURES[process] |= {
        "opened": f"count(*) from {view} where {here.format('opened_at')}",
        "volume": f"count(*) from {view} where {here.format('opened_at')}",
        # no country is agreed: Monday to Friday, by the days of Shanghai
        "volume_per_workday": f"count(*) / (select count(*) from range(p0(), p1(), interval 1 day) as days(day) "
        f"where isodow(day + interval 8 hours) < 6) from {view} where {here.format('opened_at')}",
        "closed": f"count(*) from {view} where {here.format('closed_at')}",
        "effort_h": f"sum(effort_h) from {view} where {here.format('ended_at')}",
        "backlog": f"count(*) from {view} where {waiting}",
    } | {
        f"backlog_over_{days}d": f"count(*) from {view} where {waiting} and p1() - opened_at > interval {days} days"
        for days in (7, 30, 90)
    }

# the SLA: by agreed hours and by the source's deadlines; `late` is null without a target
BY_TARGET = """
create view goal as select * from (values {values}) as t(priority, response_h, resolution_h);
create view sla as
select inc.*, resolution_h is not null as agreed,
    coalesce(hours(resolved_at - opened_at) - pause > resolution_h, resolved_at > resolution_due_at) as late,
    coalesce(hours(p1() - opened_at) - pause > resolution_h, resolution_due_at < p1()) as overdue
from inc left join goal using (priority) where not impossible;
create view answer as
select *, deadline is not null as has_goal, responded_at > deadline as late
from (select inc.*, coalesce(opened_at + goal.response_h * interval 1 hour, response_due_at) as deadline,
        coalesce(opened_at + g.response_h * interval 1 hour, response_due_at) as deadline_before
    from inc left join goal using (priority) left join goal g on g.priority = priority_before);
""".format(values=", ".join(f"('{key}', {a}, {b})" for key, (a, b) in TIMES.items()))
BY_DEADLINE = """
create view sla as
select *, false as agreed, resolved_at > resolution_due_at as late, resolution_due_at < p1() as overdue
from inc where not impossible;
create view answer as
select *, response_due_at is not null as has_goal, responded_at > response_due_at as late, response_due_at as deadline,
    response_due_at as deadline_before
from inc;
"""
DONE = "resolved_at >= p0() and resolved_at < p1() and not out and resolved_at >= opened_at"
WAITING = "opened_at < p1() and (ended_at is null or ended_at >= p1()) and not out"
SLA_FIGURES = {
    "sla_met": f"count(*) from sla where {DONE} and not late",
    "sla_breached_resolved": f"count(*) from sla where {DONE} and late",
    "sla_breached_open": f"count(*) from sla where {WAITING} and overdue",
    "sla_running": f"count(*) from sla where {WAITING} and not overdue",
    "sla_none": f"count(*) from sla where (({DONE}) and late is null) or (({WAITING}) and overdue is null)",
    "resolution_compliance": f"count(*) filter ({DONE} and not late) / nullif(count(*), 0) "
    f"from sla where (({DONE}) and late is not null) or (({WAITING}) and overdue)",
    "judged_by_agreement": f"count(*) from sla where agreed and (({DONE}) or ({WAITING}) and overdue)",
    "judged_by_source": "count(*) from sla where not agreed "
    f"and (({DONE}) and late is not null or ({WAITING}) and overdue)",
    "resolution_compliance_disagreements": f"count(*) from sla where {DONE} and sla_met_recorded = late",
}
ANSWERED = "responded_at >= p0() and responded_at < p1() and responded_at >= opened_at"
PASSED = (
    "(responded_at is null or responded_at >= p1()) and opened_at < p1() "
    "and (deadline_before is null or deadline_before >= p0()) and deadline < p1() "
    "and (ended_at is null or ended_at > deadline and ended_at >= p0())"
)
SLA_FIGURES["response_compliance"] = (
    f"count(*) filter ({ANSWERED} and not late) / nullif(count(*), 0) from answer "
    f"where has_goal and not out and (({ANSWERED}) or ({PASSED}))"
)


# requests and problems are tickets like incidents: the same words over their own rows
def of_others(sql, process="request", short="req"):
    return re.sub(
        r"\bincident(?=_)|\b(?:incident|inc|res|resp|sla|answer|stops|stopped)\b",
        lambda word: {"incident": process, "inc": short}.get(word[0], f"{short}_{word[0]}"),
        sql,
    )


of_requests = of_others
of_problems = partial(of_others, process="problem", short="prb")
_OF_INCIDENTS = KNOWN
_OF_CHANGES = re.sub(r"resolved_at(?= *\n? *when k| end as)|(?<=end as )resolved_at", "ended_at", KNOWN)
KNOWN += of_others(_OF_INCIDENTS) + of_problems(_OF_INCIDENTS) + of_others(_OF_CHANGES, "change")
_TICKETS, _REST = VIEWS.split("create view chg")
VIEWS = (
    _TICKETS + of_requests(_TICKETS) + of_problems(_TICKETS.split("create view resp")[0]) + f"create view chg{_REST}"
)
BY_TARGET += of_requests(BY_TARGET.partition(";")[2])
BY_DEADLINE += of_requests(BY_DEADLINE)
FIGURES["request"] = {name: of_requests(query) for name, query in FIGURES["incident"].items()}
FIGURES["problem"] |= {
    name: of_problems(query)
    for name, query in FIGURES["incident"].items()
    if name.startswith(("ttr_", "reopen_")) or name == "resolved"
}

ALL_FIGURES = {(process, name): query for process, queries in FIGURES.items() for name, query in queries.items()}
ALL_SLA_FIGURES = {("incident", name): query for name, query in SLA_FIGURES.items()}
ALL_SLA_FIGURES |= {("request", name): of_requests(query) for name, query in SLA_FIGURES.items()}
