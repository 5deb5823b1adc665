-- 0023: how far behind the log is, for whoever watches.
--
-- Why a function of the owner: the reader sees events of one site at a time, and shall see two numbers over
-- all sites and no row of any. Leaves wait for a second or two; when they wait for long, nobody sequences, or an open
-- transaction in some database of the server holds the log back.

SET LOCAL ROLE wavekeep_owner;

CREATE POLICY owner_sees_what_waits ON wavekeep.event FOR SELECT TO wavekeep_owner USING (true);

CREATE FUNCTION wavekeep.log_figures(
  OUT published_size bigint, OUT published_at timestamptz, OUT waiting_seconds float8
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT head.checkpoint_size, head.published_at, extract(epoch FROM clock_timestamp() - oldest.at)::float8
    FROM (SELECT) one
      LEFT JOIN LATERAL (
        SELECT * FROM wavekeep.log_head ORDER BY log_no DESC LIMIT 1
      ) head ON true
      LEFT JOIN LATERAL (
        SELECT at FROM wavekeep.event
          WHERE leaf_entry IS NOT NULL AND xid >= coalesce(head.cursor_xid, '0'::xid8)
            AND (xid > coalesce(head.cursor_xid, '0'::xid8)
              OR event_id > coalesce(head.cursor_event_id, 0))
          ORDER BY xid, event_id LIMIT 1
      ) oldest ON true
$$;
REVOKE ALL ON FUNCTION wavekeep.log_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.log_figures() TO wavekeep_reader;
