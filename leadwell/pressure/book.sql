-- What: books the hours and days that mails are laid out for; less than nothing: their time has come. Cost: one upsert a slot. Index: send_bookings primary key.
INSERT INTO send_bookings AS b (workspace_id, bucket, unit, starts_at, booked)
SELECT $1, w.bucket, w.unit, w.starts_at, greatest(w.added, 0) FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[]) AS w (bucket, unit, starts_at, added)
ON CONFLICT (workspace_id, bucket, unit, starts_at) DO UPDATE SET booked = greatest(b.booked + (
  SELECT n.added FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[]) AS n (bucket, unit, starts_at, added)
  WHERE n.bucket = b.bucket AND n.unit = b.unit AND n.starts_at = b.starts_at), 0)
