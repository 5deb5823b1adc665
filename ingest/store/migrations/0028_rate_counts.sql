-- 0028: how often somebody asked, summed over all instances.
--
-- Why a table at all: limits that each instance keeps for itself grow with the number of instances.
-- Why unlogged: a count is of the last twenty seconds. Nothing of it is worth a flush, a backup or a
-- replica's time, and after a crash it begins anew. A transaction that writes nothing else waits for no disk.
-- Why no site and no name: an address or a subject is somebody; the key is half a SHA-256 of it, and says
-- nothing. Nobody reads the table; instances add and hear sums through one function, a second's worth at a time.

SET LOCAL ROLE wavekeep_owner;

CREATE UNLOGGED TABLE wavekeep.rate_count (
  key bytea NOT NULL CHECK (octet_length(key) = 16),
  -- Ten seconds each, since 1970.
  window_no bigint NOT NULL,
  count bigint NOT NULL CHECK (count >= 0),
  PRIMARY KEY (key, window_no)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

ALTER TABLE wavekeep.rate_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.rate_count FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_counts ON wavekeep.rate_count TO wavekeep_owner USING (true) WITH CHECK (true);

-- One row for each element, in order. Rows are locked in the order of their keys: two instances that add to
-- the same ones wait for each other and never in a circle.
CREATE FUNCTION wavekeep.merge_rate_counts(keys bytea[], window_nos bigint[], counts bigint[])
RETURNS TABLE (current_count bigint, previous_count bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH given AS (
    SELECT g.key, g.window_no, g.count, g.place
      FROM unnest(keys, window_nos, counts) WITH ORDINALITY AS g (key, window_no, count, place)
  ), merged AS (
    INSERT INTO wavekeep.rate_count AS r (key, window_no, count)
      SELECT g.key, g.window_no, sum(g.count) FROM given g GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (key, window_no) DO UPDATE SET count = r.count + excluded.count
      RETURNING r.key, r.window_no, r.count
  )
  SELECT m.count,
      coalesce((SELECT p.count FROM wavekeep.rate_count p
        WHERE p.key = m.key AND p.window_no = m.window_no - 1), 0)
    FROM given g JOIN merged m USING (key, window_no)
    ORDER BY g.place
$$;

CREATE FUNCTION wavekeep.forget_rate_counts(before_window bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM wavekeep.rate_count WHERE window_no < before_window
$$;

REVOKE ALL ON FUNCTION wavekeep.merge_rate_counts(bytea[], bigint[], bigint[]),
  wavekeep.forget_rate_counts(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.merge_rate_counts(bytea[], bigint[], bigint[]),
  wavekeep.forget_rate_counts(bigint) TO wavekeep_writer, wavekeep_audit, wavekeep_accounts;
