-- What: makes and locks the slots that mails would be taken of, in one order, and reads what was taken. Cost: one upsert a slot. Index: send_slots primary key.
INSERT INTO send_slots AS s (workspace_id, bucket, unit, starts_at)
SELECT $1, w.bucket, w.unit, w.starts_at FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS w (bucket, unit, starts_at)
ON CONFLICT (workspace_id, bucket, unit, starts_at) DO UPDATE SET taken = s.taken
RETURNING s.bucket, s.unit, s.starts_at, s.taken
