-- The incident measures of one month, whole, by service and by priority, as an analyst would write them for DuckDB.
-- Given: table incident, table days (day, worked: open hours before it, is_open) of office hours 09:00-18:00 at
-- UTC+8, table agreed (priority, response_h, resolution_h), and the macros p0() and p1(), instants in UTC.
WITH edge AS (
    SELECT
        max(worked + is_open * least(greatest(hours(p0()), 0), 9)) FILTER (day = local_day(p0())) AS open_p0,
        max(worked + is_open * least(greatest(hours(p1()), 0), 9)) FILTER (day = local_day(p1())) AS open_p1
    FROM days
),

clock AS (
    SELECT
        i.*,
        response_h,
        resolution_h,
        coalesce(pause_h, 0) AS pause,
        coalesce(resolved_at, closed_at) AS ended_at,
        NOT coalesce(is_cancelled, FALSE) AS counts,
        o.worked + o.is_open * least(greatest(hours(opened_at), 0), 9) AS open_opened,
        r.worked + r.is_open * least(greatest(hours(responded_at), 0), 9) AS open_responded,
        e.worked + e.is_open * least(greatest(hours(coalesce(resolved_at, closed_at)), 0), 9) AS open_ended
    FROM incident AS i
    LEFT JOIN agreed USING (priority)
    LEFT JOIN days AS o ON o.day = local_day(opened_at)
    LEFT JOIN days AS r ON r.day = local_day(responded_at)
    LEFT JOIN days AS e ON e.day = local_day(coalesce(resolved_at, closed_at))
),

stage AS (
    SELECT
        *,
        opened_at < p1() AND counts AS known,
        counts AND resolved_at >= p0() AND resolved_at < p1() AND resolved_at >= opened_at AS done,
        counts AND responded_at >= p0() AND responded_at < p1() AND responded_at >= opened_at AS answered,
        opened_at < p1() AND counts AND (ended_at IS NULL OR ended_at >= p1()) AS waiting,
        opened_at < p1() AND counts AND (responded_at IS NULL OR responded_at >= p1()) AS unanswered
    FROM clock
),

decided AS (
    SELECT
        *,
        -- a pause that is longer than the time leaves times and SLA
        pause > if(waiting, open_p1, open_ended) - open_opened + 0.02 AS impossible,
        done AND NOT impossible AS finished,
        waiting AND NOT impossible AS pending,
        CASE WHEN finished THEN greatest(open_ended - open_opened - pause, 0) END AS ttr,
        CASE WHEN finished THEN epoch(resolved_at - opened_at) / 3600 END AS ttr_clock,
        CASE WHEN answered THEN open_responded - open_opened END AS tta,
        CASE WHEN answered THEN epoch(responded_at - opened_at) / 3600 END AS tta_clock,
        greatest(if(waiting, open_p1, open_ended) - open_opened - pause, 0) > resolution_h + 1e-6 AS late,
        open_responded - open_opened > response_h + 1e-6 AS answered_late,
        unanswered AND (ended_at IS NULL OR ended_at >= p0())
        AND if(ended_at < p1(), open_ended, open_p1) - open_opened > response_h + 1e-6
        AND NOT (opened_at < p0() AND open_p0 - open_opened > response_h + 1e-6) AS passed
    FROM stage, edge
),

figures AS (
    SELECT
        service,
        priority,
        count(*) FILTER (counts AND opened_at >= p0() AND opened_at < p1()) AS opened,
        count(*) FILTER (counts AND resolved_at >= p0() AND resolved_at < p1()) AS resolved,
        count(*) FILTER (counts AND closed_at >= p0() AND closed_at < p1()) AS closed,
        avg(coalesce(resolved_at < p1(), FALSE)::INT) FILTER (counts AND closed_at >= p0() AND closed_at < p1()) AS resolution_rate,
        avg(coalesce(resolved_at < p1(), FALSE)::INT) FILTER (counts AND opened_at >= p0() AND opened_at < p1())
            AS resolution_rate_of_opened,
        count(*) FILTER (waiting) AS backlog,
        count(*) FILTER (waiting AND opened_at < p1() - INTERVAL 7 DAY) AS backlog_over_7d,
        count(*) FILTER (waiting AND opened_at < p1() - INTERVAL 30 DAY) AS backlog_over_30d,
        count(*) FILTER (waiting AND opened_at < p1() - INTERVAL 90 DAY) AS backlog_over_90d,
        count(*) FILTER (answered AND NOT answered_late) AS response_met,
        count(*) FILTER ((answered AND answered_late) OR passed) AS response_breached,
        count(*) FILTER (finished AND NOT late) AS sla_met,
        count(*) FILTER (finished AND late) AS sla_breached_resolved,
        count(*) FILTER (pending AND late) AS sla_breached_open,
        count(*) FILTER (pending AND NOT late) AS sla_running,
        count(*) FILTER ((finished OR pending) AND resolution_h IS NULL) AS sla_none,
        count(*) FILTER (finished AND late IS NOT NULL OR pending AND late) AS judged_by_agreement,
        0 AS judged_by_source,
        avg(sla_met_recorded::INT) FILTER (counts AND resolved_at >= p0() AND resolved_at < p1())
            AS resolution_compliance_recorded,
        count(*) FILTER (finished AND sla_met_recorded = late) AS resolution_compliance_disagreements,
        avg(ttr) AS ttr_mean_h,
        quantile_cont(ttr, [0.5, 0.9]) AS ttr,
        avg(ttr_clock) AS ttr_clock_mean_h,
        quantile_cont(ttr_clock, [0.5, 0.9]) AS ttr_clock,
        avg(tta) AS tta_mean_h,
        quantile_cont(tta, [0.5, 0.9]) AS tta,
        avg(tta_clock) AS tta_clock_mean_h,
        quantile_cont(tta_clock, [0.5, 0.9]) AS tta_clock,
        avg((reopen_count > 0 AND coalesce(reopened_at < p1(), TRUE))::INT)
            FILTER (counts AND resolved_at >= p0() AND resolved_at < p1()) AS reopen_rate_recorded
    FROM decided
    GROUP BY GROUPING SETS ((), (service), (priority))
)

SELECT
    * EXCLUDE (response_met, response_breached, ttr, ttr_clock, tta, tta_clock),
    opened AS volume,
    opened / workdays() AS volume_per_workday,
    response_met / nullif(response_met + response_breached, 0) AS response_compliance,
    sla_met / nullif(sla_met + sla_breached_resolved + sla_breached_open, 0) AS resolution_compliance,
    ttr[1] AS ttr_median_h,
    ttr[2] AS ttr_p90_h,
    ttr_clock[1] AS ttr_clock_median_h,
    ttr_clock[2] AS ttr_clock_p90_h,
    tta[1] AS tta_median_h,
    tta[2] AS tta_p90_h,
    tta_clock[1] AS tta_clock_median_h,
    tta_clock[2] AS tta_clock_p90_h
FROM figures
