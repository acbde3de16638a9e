-- What: who uses a sender: sequences that are not put away. Cost: the sequences. Index: primary key of sequences.
SELECT 'sequence' AS kind, q.name FROM sequences q WHERE q.workspace_id = $1 AND q.sender_id = $2 AND q.state <> 'ARCHIVED' AND q.archived_at IS NULL
ORDER BY q.name LIMIT 100
