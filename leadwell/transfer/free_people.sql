-- What: frees the keys of people. Cost: one range each. Index: person_keys_person.
DELETE FROM person_keys k WHERE k.workspace_id = $1 AND k.person_id = ANY($2::uuid[])
