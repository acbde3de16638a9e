-- What: locks companies before they are filled, in one order, and reads what they hold by then. Cost: one row a company. Index: primary key of companies.
SELECT c.id, c.website, c.industry, c.employees, c.phone, c.country, c.region, c.city, c.postal_code, c.street
FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY c.id FOR NO KEY UPDATE
