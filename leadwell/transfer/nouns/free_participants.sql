-- What: takes activities off the timelines of people. Cost: one range each. Index: primary key of activity_participants.
DELETE FROM activity_participants p WHERE p.workspace_id = $1 AND p.activity_id = ANY($2::uuid[])
