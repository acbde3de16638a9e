-- What: a partition of activities for the year before this one, as lw_make_partitions made it in its time. Cost: a table. Index: none.
DO $$
DECLARE
  y timestamptz := date_trunc('year', :now AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 year'; low uuid; high uuid;
  name text := 'activities_' || to_char(y AT TIME ZONE 'UTC', 'YYYY');
BEGIN
  low := (lpad(to_hex((extract(epoch FROM y) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  high := (lpad(to_hex((extract(epoch FROM y + interval '1 year') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
  EXECUTE format('CREATE TABLE public.%I PARTITION OF public.activities FOR VALUES FROM (%L) TO (%L)', name, low, high);
  EXECUTE format('ALTER TABLE public.%I OWNER TO lw_owner', name);
END $$;
