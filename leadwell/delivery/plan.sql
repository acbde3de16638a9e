-- What: plans sends, at most one for each visit of a step. Cost: one insert a send. Index: sends_step.
INSERT INTO sends (workspace_id, id, person_id, enrollment_id, step, visit, mail_class, topic_id, template_id, sender_address, sender_name, address,
  address_hash, message_id, sender_id, user_id, answers_id, words_key_id, words_ciphertext, window_id, planned_at, created_at,
  updated_at)
SELECT $1, s.id, s.person_id, s.enrollment_id, s.step, s.visit, s.mail_class, s.topic_id, s.template_id, s.sender_address, s.sender_name, s.address,
  s.address_hash, s.message_id, s.sender_id, s.user_id, s.answers_id, s.words_key_id, s.words_ciphertext, s.window_id, $21, $21, $21
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::text[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[],
    $13::bytea[], $14::text[], $15::uuid[], $16::uuid[], $17::uuid[], $18::text[], $19::bytea[], $20::uuid[])
  AS s (id, person_id, enrollment_id, step, visit, mail_class, topic_id, template_id, sender_address, sender_name, address, address_hash, message_id,
    sender_id, user_id, answers_id, words_key_id, words_ciphertext, window_id)
ON CONFLICT DO NOTHING
RETURNING id
