-- What: closed leads by what became of them and the grade they had, the end of a statement that judge.sql begins. Cost: a row a lead.
SELECT w.won, b.grade, count(*)::int AS leads FROM bounded b JOIN closed w ON w.person_id = b.person_id GROUP BY w.won, b.grade
