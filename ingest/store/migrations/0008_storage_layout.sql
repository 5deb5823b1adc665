-- 0008: the first vacuum that sees a page is the last one that writes it.
--
-- Why: rows of these tables never change, but pages do: a vacuum marks them visible, and another one, some
-- day, freezes them. Behind a checkpoint each of the two writes the whole page to the write-ahead log once
-- more, and the second one comes for every month at once. Measured on real recordings, in bytes of log a
-- sample: 0.86 for the rows, 0.80 for marking their pages visible later, 0.38 for freezing them after that.
-- A vacuum that freezes at once, within minutes of the insert, costs 0.02 in place of both
-- (core/decisions/0015-storage-layout.md).
-- Why a number of rows and no share of the table: a share of a month is reached days after the insert.
-- Why toast_tuple_target stays at 4080: measured again against 128, 2040 and 8160, on real recordings.
-- A partition's TOAST table takes these settings from its partition.

SET LOCAL ROLE wavekeep_owner;

CREATE FUNCTION wavekeep.vacuum_as_append_only(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'ALTER TABLE %s SET (autovacuum_freeze_min_age = 0, autovacuum_vacuum_insert_threshold = 1000,
       autovacuum_vacuum_insert_scale_factor = 0)', target);
END
$$;
REVOKE ALL ON FUNCTION wavekeep.vacuum_as_append_only(regclass) FROM PUBLIC;

-- As in 0003, but for the vacuum settings.
CREATE OR REPLACE FUNCTION wavekeep.make_chunk_partition(
  partition_name text, lower_bound text, upper_bound text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE wavekeep.%I (LIKE wavekeep.chunk INCLUDING ALL)', partition_name);
  -- 4080 bytes is half a page: a row of that size stays in line, two to a page. A larger one would have
  -- a page to itself, so its body goes out of line.
  EXECUTE format('ALTER TABLE wavekeep.%I SET (toast_tuple_target = 4080)', partition_name);
  PERFORM wavekeep.vacuum_as_append_only(format('wavekeep.%I', partition_name)::regclass);
  EXECUTE format(
    'ALTER TABLE wavekeep.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition_name);
  PERFORM wavekeep.make_append_only(format('wavekeep.%I', partition_name)::regclass);
  EXECUTE format(
    'ALTER TABLE wavekeep.chunk ATTACH PARTITION wavekeep.%I FOR VALUES FROM (%s) TO (%s)',
    partition_name, lower_bound, upper_bound);
END
$$;

-- Partitions that are there already; nobody waits for this, neither readers nor writers.
SELECT wavekeep.vacuum_as_append_only(inhrelid)
  FROM pg_catalog.pg_inherits WHERE inhparent = 'wavekeep.chunk'::regclass;
SELECT wavekeep.vacuum_as_append_only('wavekeep.event');
