-- What: takes activities off the timelines of records. Cost: one range each. Index: primary key of activity_links.
DELETE FROM activity_links l WHERE l.workspace_id = $1 AND l.activity_id = ANY($2::uuid[])
