-- What: which enrollments' people had one of the events ($5) since an instant; those of deals ($6) through the contacts in them.
-- Cost: a few index probes each. Index: events_person, events_record, deal_contacts_contact, contacts_person.
SELECT a.id FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) AS a (id, person_id, since)
WHERE CASE WHEN $6 THEN EXISTS (
  SELECT 1 FROM contacts c JOIN deal_contacts d ON d.workspace_id = $1 AND d.contact_id = c.id
  JOIN events v ON v.workspace_id = $1 AND v.record_id = d.deal_id AND v.kind = ANY($5::text[]) AND v.at >= a.since
  WHERE c.workspace_id = $1 AND c.person_id = a.person_id
) ELSE EXISTS (
  SELECT 1 FROM events v WHERE v.workspace_id = $1 AND v.person_id = a.person_id AND v.kind = ANY($5::text[]) AND v.at >= a.since
) END
