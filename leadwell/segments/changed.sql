-- What: writes down the records of people ($2) and around companies ($3), of the nouns that segments are made of ($4); $5: how their changes are hushed, NULL
-- if they are not. A record changed aloud as well stays aloud. Cost: a few index probes each.
-- Index: leads_person, contacts_person, leads_company, contacts_company, segment_changes primary key.
INSERT INTO segment_changes AS s (workspace_id, noun, record_id, hush)
SELECT DISTINCT $1::uuid, x.noun, x.id, $5::jsonb FROM (
  SELECT 'Person' AS noun, p AS id FROM unnest($2::uuid[]) AS p
  UNION ALL SELECT 'Lead', l.id FROM unnest($2::uuid[]) AS p JOIN leads l ON l.workspace_id = $1 AND l.person_id = p WHERE 'Lead' = ANY($4::text[])
  UNION ALL SELECT 'Contact', c.id FROM unnest($2::uuid[]) AS p JOIN contacts c ON c.workspace_id = $1 AND c.person_id = p WHERE 'Contact' = ANY($4::text[])
  UNION ALL SELECT 'Company', k FROM unnest($3::uuid[]) AS k
  UNION ALL SELECT 'Company', l.company_id FROM unnest($2::uuid[]) AS p JOIN leads l ON l.workspace_id = $1 AND l.person_id = p
    WHERE 'Company' = ANY($4::text[]) AND l.company_id IS NOT NULL
  UNION ALL SELECT 'Company', c.company_id FROM unnest($2::uuid[]) AS p JOIN contacts c ON c.workspace_id = $1 AND c.person_id = p
    WHERE 'Company' = ANY($4::text[]) AND c.company_id IS NOT NULL
  UNION ALL SELECT 'Lead', l.id FROM unnest($3::uuid[]) AS k JOIN leads l ON l.workspace_id = $1 AND l.company_id = k WHERE 'Lead' = ANY($4::text[])
  UNION ALL SELECT 'Contact', c.id FROM unnest($3::uuid[]) AS k JOIN contacts c ON c.workspace_id = $1 AND c.company_id = k WHERE 'Contact' = ANY($4::text[])
) x WHERE x.noun = ANY($4::text[])
ON CONFLICT (workspace_id, noun, record_id) DO UPDATE SET hush = CASE WHEN excluded.hush IS NOT NULL
  THEN s.hush || jsonb_build_object('loud', coalesce(s.hush->'loud', '[]') || coalesce(excluded.hush->'loud', '[]')) END
WHERE s.hush IS NOT NULL AND (excluded.hush IS NULL OR NOT s.hush @> excluded.hush)
