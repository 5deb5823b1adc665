-- 0011: the vacuum of append-only tables takes its time.
--
-- Why: 0008 vacuums each minute what the minute brought. At the server's own pace that took three seconds,
-- and behind a checkpoint each page of the minute goes to the write-ahead log whole: 2,000 devices wrote 463 MB
-- of log in three seconds, and every commit of those seconds waited up to two. Spread over a third of the minute
-- the same work is not seen in the acknowledgements (core/decisions/0030-vacuum-in-small-bites.md).
-- Why 6 ms: 3,300 rows a second, above what 2,000 devices send; at 20 ms, where a thousand rows a second are
-- vacuumed, it falls behind them. A bulk load is caught up with afterwards; a vacuum against the wraparound of
-- transaction numbers knows no delay when that comes near.

SET LOCAL ROLE wavekeep_owner;

CREATE OR REPLACE FUNCTION wavekeep.vacuum_as_append_only(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'ALTER TABLE %s SET (autovacuum_freeze_min_age = 0, autovacuum_vacuum_insert_threshold = 1000,
       autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_cost_delay = 6)', target);
END
$$;

-- What is there already; nobody waits for this, neither readers nor writers.
SELECT wavekeep.vacuum_as_append_only(inhrelid)
  FROM pg_catalog.pg_inherits WHERE inhparent = 'wavekeep.chunk'::regclass;
SELECT wavekeep.vacuum_as_append_only('wavekeep.event');
