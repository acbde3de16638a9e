-- What: :n people of :first given and :last family names as frequent as names are, of whom one in twenty is there twice, with slips. Cost: half a minute for a million.
-- Index: those of the tables.
SELECT setseed(0.42);
CREATE TEMP TABLE one AS
SELECT i, (lpad(to_hex(:ms + i / 1000), 12, '0') || '7' || lpad(to_hex(i % 1000), 3, '0') || '8' || lpad(to_hex(i), 15, '0'))::uuid AS id,
  1 + floor(:first * random() ^ 3)::int AS first, 1 + floor(:last * random() ^ 2.2)::int AS last, random() AS r, random() AS e, random() AS p, random() AS a, random() AS b
FROM generate_series(1, :n) i;
-- A twin says almost the same as the person before it.
UPDATE one o SET first = t.first, last = t.last, a = t.a FROM one t WHERE o.i % 20 = 0 AND t.i = o.i - 1;
CREATE TEMP TABLE named AS
SELECT o.*, (SELECT initcap(string_agg(substr('bacedifogulamenirosutave', 1 + (o.first * (7 + 4 * g) + o.first / 11 * g) % 11 * 2, 2), '')) FROM generate_series(1, 2 + o.first % 2) g) AS given,
  (SELECT initcap(string_agg(substr('kalemirosunotevibadurehi', 1 + (o.last * (5 + 3 * g) + o.last / 12 * g * g) % 12 * 2, 2), '')) FROM generate_series(1, 2 + o.last % 3) g)
    || (ARRAY['', 's', 'n', 'ez', 'son', 'ov', 'er'])[1 + o.last % 7] AS family
FROM one o;
INSERT INTO people (workspace_id, id, name, first_name, last_name, email, phone, country, city, postal_code, street, created_at, updated_at)
SELECT $1, o.id, o.given || ' ' || o.family, o.given, CASE WHEN o.i % 20 = 0 AND o.r < 0.5 THEN overlay(o.family PLACING 'a' FROM 3) ELSE o.family END,
  NULL, NULL, 'DE', 'City ' || (o.a * 800)::int, CASE WHEN o.a < 0.6 THEN lpad((o.a * 30000)::int::text, 5, '1') END,
  CASE WHEN o.a < 0.4 THEN 'Street ' || (o.a * 1e5)::int || ' ' || (o.a * 1e7)::int % 90 END, :now, :now FROM named o;
INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
SELECT $1, gen_random_uuid(), o.id, m.mail, m.mail, m.mail, split_part(m.mail, '@', 2), true, :now
FROM named o, LATERAL (SELECT lower(o.given || '.' || o.family) || (CASE WHEN o.i % 20 = 0 AND o.e < 0.4 THEN o.i - 1 ELSE o.i END) || '@'
  || (ARRAY['gmail.com', 'gmx.de', 'web.de', 'firm' || (o.b * 40000)::int || '.example'])[1 + (o.e * 4)::int % 4] AS mail) m WHERE o.e < 0.9;
INSERT INTO person_phones (workspace_id, id, person_id, raw, e164, region, is_primary, created_at)
SELECT $1, gen_random_uuid(), o.id, f.number, f.number, 'DE', true, :now
FROM named o, LATERAL (SELECT CASE WHEN o.b < 0.1 THEN '+4930' || (o.b * 100000)::int ELSE '+49151' || lpad((CASE WHEN o.i % 20 = 0 AND o.p < 0.4 THEN o.i - 1 ELSE o.i END)::text, 8, '0') END AS number) f
WHERE o.p < 0.6
