-- What: makes a contact with its first company link. Cost: two rows. Index: none read.
WITH made AS (
  INSERT INTO contacts (workspace_id, id, person_id, type, owner_id, company_id, title, source_id, lead_id, last_activity_at, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
)
INSERT INTO contact_companies (workspace_id, id, contact_id, company_id, role, is_primary, created_at, updated_at)
VALUES ($1, $12, $2, $6, $13, true, $11, $11)
