-- What: the last open status of each of some leads, if it is not archived. Cost: the spans of each. Index: lead_status_spans_lead.
SELECT DISTINCT ON (x.lead_id) x.lead_id, s.id, s.name, s.type, s.pipeline_id, s.next_ids
FROM lead_status_spans x JOIN lead_statuses s ON s.workspace_id = $1 AND s.id = x.status_id
WHERE x.workspace_id = $1 AND x.lead_id = ANY($2::uuid[]) AND s.archived_at IS NULL AND s.type IN ('NEW', 'WORKING', 'NURTURING', 'QUALIFIED')
ORDER BY x.lead_id, x.entered_at DESC, x.id DESC
