-- What: a partition of activities for each of the last seven months, as lw_make_partitions made them in their time. Cost: seven tables. Index: none.
DO $$
DECLARE
  m timestamptz; low uuid; high uuid;
BEGIN
  FOR i IN 1 .. 7 LOOP
    m := date_trunc('month', :now) - make_interval(months => i);
    low := (lpad(to_hex((extract(epoch FROM m) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
    high := (lpad(to_hex((extract(epoch FROM m + interval '1 month') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.activities FOR VALUES FROM (%L) TO (%L)', 'activities_' || to_char(m, 'YYYY_MM'), low, high);
    EXECUTE format('ALTER TABLE public.%I OWNER TO lw_owner', 'activities_' || to_char(m, 'YYYY_MM'));
  END LOOP;
END $$
