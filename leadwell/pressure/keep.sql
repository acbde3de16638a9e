-- What: writes what mails have taken of slots, or gives it back. Cost: one update a slot. Index: send_slots primary key.
UPDATE send_slots t SET taken = greatest(t.taken + w.added, 0) FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[]) AS w (bucket, unit, starts_at, added)
WHERE t.workspace_id = $1 AND t.bucket = w.bucket AND t.unit = w.unit AND t.starts_at = w.starts_at
