-- What: takes a visitor's page views out, oldest first. Cost: one probe each. Index: page_views_visitor.
WITH taken AS (
  DELETE FROM page_views p WHERE p.workspace_id = $1 AND p.visitor_id = $2 RETURNING p.id, p.at, p.page, p.title, p.touch
)
SELECT t.id, t.at, t.page, t.title, t.touch FROM taken t ORDER BY t.at, t.id
