-- 0003: chunks, in monthly partitions by recording.
--
-- Why range partitions by UUIDv7: partitions follow time, uniqueness holds, a recording of many days
-- stays in one, and the same column distributes later.
-- Why exactly one unique constraint: ON CONFLICT DO NOTHING without a target swallows them all, and a
-- swallowed violation would look like a repeat.
-- Why no foreign key: a check of the stream row for every chunk would lock that one hot row for every
-- writer; ingest has looked the stream up under the same site already.
-- Why one function makes a partition: TRUNCATE triggers, row-level security flags and storage settings
-- do not pass from parent to partition; CREATE TABLE … PARTITION OF waits behind open writers, LIKE and
-- ATTACH do not.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.chunk (
  recording_id uuid NOT NULL,
  first_sample bigint NOT NULL CHECK (first_sample >= 0),
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  segment_no int NOT NULL,
  sequence int NOT NULL CHECK (sequence >= 0),
  site_id int NOT NULL,
  sample_count int NOT NULL CHECK (sample_count >= 1),
  incarnation int NOT NULL,
  stream_no int NOT NULL CHECK (stream_no BETWEEN 0 AND 65535),
  chunk_digest bytea NOT NULL CHECK (octet_length(chunk_digest) = 32),
  stored_digest bytea NOT NULL CHECK (octet_length(stored_digest) = 32),
  leaf_salt bytea NOT NULL CHECK (octet_length(leaf_salt) = 32),
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  -- The device key that signed it.
  key_id bytea CHECK (octet_length(key_id) = 32),
  -- The whole chunk as sent, sealed with the recording's key.
  body bytea NOT NULL,
  -- site_id is included because row-level security reads it: without it no scan is index-only.
  PRIMARY KEY (recording_id, segment_no, stream_no, sequence) INCLUDE (sample_count, site_id)
) PARTITION BY RANGE (recording_id);
ALTER TABLE wavekeep.chunk ALTER body SET STORAGE EXTERNAL;

SELECT wavekeep.make_append_only('wavekeep.chunk'), wavekeep.isolate_sites('wavekeep.chunk');

-- Row triggers do reach partitions: a second net for one that was attached by hand.
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON wavekeep.chunk
  FOR EACH ROW EXECUTE FUNCTION wavekeep.refuse_change();
ALTER TABLE wavekeep.chunk ENABLE ALWAYS TRIGGER append_only_row;

GRANT INSERT ON wavekeep.chunk TO wavekeep_writer;
GRANT SELECT (
  recording_id, segment_no, stream_no, sequence, site_id, first_sample, sample_count, chunk_digest,
  stored_digest, received_at, incarnation, leaf_hash, key_id
) ON wavekeep.chunk TO wavekeep_writer;
GRANT SELECT ON wavekeep.chunk TO wavekeep_reader;

-- The smallest UUIDv7 of an instant: its 48 bits of milliseconds, then zeros.
CREATE FUNCTION wavekeep.uuid_floor(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid
$$;
REVOKE ALL ON FUNCTION wavekeep.uuid_floor(timestamptz) FROM PUBLIC;

-- Makes and attaches one partition. Nobody is granted anything on it: all access goes through the
-- parent, whose policies and grants then hold; what reaches it directly finds row-level security
-- without a policy, which shows nothing.
CREATE FUNCTION wavekeep.make_chunk_partition(partition_name text, lower_bound text, upper_bound text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE wavekeep.%I (LIKE wavekeep.chunk INCLUDING ALL)', partition_name);
  -- 4080 bytes is half a page. A row of that size stays in line, two to a page; a larger one would have
  -- a page to itself, so its body goes out of line. Measured for a body of 3,900 bytes: 4,538 bytes a
  -- row, and 8,257 with the target at 8160; a body of 3,800 costs 4,161 either way.
  -- An insert-only table still needs vacuum: index-only scans live on its visibility map.
  EXECUTE format(
    'ALTER TABLE wavekeep.%I SET (toast_tuple_target = 4080, autovacuum_vacuum_insert_scale_factor = 0.05)',
    partition_name);
  EXECUTE format(
    'ALTER TABLE wavekeep.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition_name);
  PERFORM wavekeep.make_append_only(format('wavekeep.%I', partition_name)::regclass);
  EXECUTE format(
    'ALTER TABLE wavekeep.chunk ATTACH PARTITION wavekeep.%I FOR VALUES FROM (%s) TO (%s)',
    partition_name, lower_bound, upper_bound);
END
$$;
REVOKE ALL ON FUNCTION wavekeep.make_chunk_partition(text, text, text) FROM PUBLIC;

-- Makes sure that the chunks of a recording have a partition; called when a recording opens.
-- Returns its name. Refuses what is no UUIDv7 or lies more than a day ahead, or a wrong clock could
-- fill the catalogue with partitions.
CREATE FUNCTION wavekeep.ensure_chunk_partition(recording_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  digits text := replace(recording_id::text, '-', '');
  opened timestamptz :=
    to_timestamp((('x' || substr(digits, 1, 12))::bit(48)::bigint) / 1000.0);
  month timestamptz;
  first_name text;
  partition_name text;
BEGIN
  IF substr(digits, 13, 1) <> '7' THEN
    RAISE EXCEPTION 'Cannot make a chunk partition: recording id is not a UUIDv7'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF opened > clock_timestamp() + interval '1 day' THEN
    RAISE EXCEPTION 'Cannot make a chunk partition: recording id lies % ahead of the server clock',
      date_trunc('second', opened - clock_timestamp())
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  month := date_trunc('month', opened);
  partition_name := 'chunk_' || to_char(month, 'YYYYMM');
  -- The first partition has no lower bound; its name says the last month it takes.
  SELECT relname INTO STRICT first_name FROM pg_class
    JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE inhparent = 'wavekeep.chunk'::regclass AND relname LIKE 'chunk\_until\_%';
  IF to_char(month, 'YYYYMM') <= right(first_name, 6) THEN
    RETURN first_name;
  END IF;
  -- Asked of the catalogue by a query, whose snapshot is fresh: to_regclass may answer from a cache
  -- that another session's work has not reached yet.
  IF NOT EXISTS (SELECT FROM pg_class
    WHERE relnamespace = 'wavekeep'::regnamespace AND relname = partition_name) THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('wavekeep.ensure_chunk_partition', 0));
    IF NOT EXISTS (SELECT FROM pg_class
      WHERE relnamespace = 'wavekeep'::regnamespace AND relname = partition_name) THEN
      PERFORM wavekeep.make_chunk_partition(
        partition_name,
        quote_literal(wavekeep.uuid_floor(month)),
        quote_literal(wavekeep.uuid_floor(month + interval '1 month')));
    END IF;
  END IF;
  RETURN partition_name;
END
$$;
REVOKE ALL ON FUNCTION wavekeep.ensure_chunk_partition(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.ensure_chunk_partition(uuid) TO wavekeep_writer;

-- No DEFAULT partition: it would forbid DETACH CONCURRENTLY. The first one takes everything older.
SELECT wavekeep.make_chunk_partition(
  'chunk_until_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMM'),
  'MINVALUE',
  quote_literal(wavekeep.uuid_floor(
    date_trunc('month', clock_timestamp(), 'UTC') + interval '1 month')));
