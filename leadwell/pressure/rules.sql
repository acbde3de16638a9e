-- What: the business clock, the outbound epoch, and everything a workspace chose about when mail leaves and how much. Cost: a few rows. Index: primary keys.
SELECT lw_clock($1) AS now, w.outbound_epoch, w.time_zone, r.window_id, r.person_most, r.person_days, r.company_most, r.company_days, r.quiet_hours, r.capped,
  coalesce(r.version, 0) AS version,
  (SELECT jsonb_object_agg(x.id, jsonb_build_object('hours', x.hours, 'holidays', coalesce(k.holidays, '[]'::jsonb),
      'office', CASE WHEN x.business_days THEN k.weekly END))
    FROM send_windows x LEFT JOIN calendars k ON k.workspace_id = $1 AND k.id = x.calendar_id WHERE x.workspace_id = $1) AS windows,
  (SELECT jsonb_agg(jsonb_build_object('scope', l.scope, 'key', l.key, 'per_minute', l.per_minute, 'per_hour', l.per_hour, 'per_day', l.per_day,
      'warm_up_on', l.warm_up_on, 'warm_up_first', l.warm_up_first, 'warm_up_percent', l.warm_up_percent) ORDER BY l.scope, l.key)
    FROM send_limits l WHERE l.workspace_id = $1 AND l.archived_at IS NULL) AS limits
FROM lw_workspace($1) w LEFT JOIN sending_rules r ON r.workspace_id = $1
