-- 0030: how long a site keeps things.
--
-- Why a row for each change, written by the owner alone (deno task migrate --keep): no service and no token can
-- shorten it, and what was asked when stays said. Without a row, and where a column is null, things are kept.
-- Why triggers beside the grants: the eraser deletes rows that have outlived their site's rule, and no others.
-- Of events only those go that the transparency log does not commit to, and none of them before six years
-- (45 CFR 164.316(b)(2)(i)): accesses, chunks and everything else with a leaf stay for good.
-- Recordings go the way of every erasure (0015): their patient's key is destroyed, the rows stay sealed.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.retention_rule (
  site_id int NOT NULL REFERENCES wavekeep.site,
  version int NOT NULL CHECK (version >= 1),
  -- Days since a patient's last recording ended.
  recordings_days int CHECK (recordings_days >= 1),
  -- Days since a chunk was put aside.
  quarantine_days int CHECK (quarantine_days >= 1),
  events_days int CHECK (events_days >= 2192),
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (site_id, version)
);
SELECT wavekeep.isolate_sites('wavekeep.retention_rule'),
  wavekeep.make_append_only('wavekeep.retention_rule');

CREATE FUNCTION wavekeep.refuse_unless_outlived() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rule wavekeep.retention_rule;
BEGIN
  IF TG_OP = 'DELETE' AND current_user = 'wavekeep_eraser' THEN
    IF TG_LEVEL = 'STATEMENT' THEN
      RETURN NULL;
    END IF;
    SELECT * INTO rule FROM wavekeep.retention_rule r
      WHERE r.site_id = OLD.site_id ORDER BY r.version DESC LIMIT 1;
    IF TG_TABLE_NAME = 'quarantine' THEN
      IF OLD.received_at < clock_timestamp() - make_interval(days => rule.quarantine_days) THEN
        RETURN OLD;
      END IF;
    ELSIF TG_TABLE_NAME = 'event' THEN
      IF OLD.at < clock_timestamp() - make_interval(days => rule.events_days)
        AND OLD.leaf_entry IS NULL AND OLD.leaf_hash IS NULL AND OLD.kind NOT LIKE 'chunk.%' THEN
        RETURN OLD;
      END IF;
    END IF;
  END IF;
  RAISE EXCEPTION 'Cannot % %.%: table is append-only',
    lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION wavekeep.refuse_unless_outlived() FROM PUBLIC;

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['quarantine', 'event'] LOOP
    EXECUTE format('DROP TRIGGER append_only ON wavekeep.%I', target);
    EXECUTE format(
      'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wavekeep.%I
         FOR EACH STATEMENT EXECUTE FUNCTION wavekeep.refuse_unless_outlived()', target);
    EXECUTE format(
      'CREATE TRIGGER only_outlived BEFORE DELETE ON wavekeep.%I
         FOR EACH ROW EXECUTE FUNCTION wavekeep.refuse_unless_outlived()', target);
    EXECUTE format(
      'ALTER TABLE wavekeep.%I ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER only_outlived',
      target);
  END LOOP;
END
$$;

GRANT SELECT ON wavekeep.retention_rule TO wavekeep_eraser;
-- When a recording ended, and what has outlived its rule.
GRANT SELECT (received_at) ON wavekeep.chunk TO wavekeep_eraser;
GRANT SELECT ON wavekeep.recording_close TO wavekeep_eraser;
GRANT SELECT (quarantine_id, site_id, received_at) ON wavekeep.quarantine TO wavekeep_eraser;
GRANT SELECT (event_id, at, leaf_entry, leaf_hash) ON wavekeep.event TO wavekeep_eraser;
GRANT DELETE ON wavekeep.quarantine, wavekeep.event TO wavekeep_eraser;
