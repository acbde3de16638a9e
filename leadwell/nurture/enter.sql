-- What: enrolls people; whoever is in already, in person or by address, is passed over. Cost: one insert a person. Index: enrollments_active, enrollments_address.
INSERT INTO enrollments (workspace_id, id, sequence_id, version_id, person_id, address_hash, step, arrived_at, due_at, entered_by, hops, created_at, updated_at)
SELECT $1, n.id, $5, $6, n.person_id, n.address_hash, $7, $10, $8, $9, $11, $10, $10
FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS n (id, person_id, address_hash)
ON CONFLICT DO NOTHING
RETURNING id, person_id
