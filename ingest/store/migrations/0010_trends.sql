-- 0010: trends: spectra, asymmetry, aEEG and suppression of stretches of seconds, derived from chunks.
--
-- Why a table beside envelope: an envelope is of every channel and is made by ingest on the way; trends are
-- of the two sides of the head, cost as much as decoding, and are made by a process of their own that
-- follows commits and may be days behind without anybody waiting for it.
-- Why algorithm is part of the key: a new version of the definitions is computed beside the old one, and
-- what somebody looked at yesterday can still be looked at.
-- Why sealed, why no foreign key, why the role: as in 0007.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.trend (
  recording_id uuid NOT NULL,
  segment_no int NOT NULL,
  stream_no int NOT NULL CHECK (stream_no BETWEEN 0 AND 65535),
  -- Version of the definitions (core/trend/FORMAT.md).
  algorithm smallint NOT NULL CHECK (algorithm >= 1),
  -- Buckets of level n hold 8^n epochs of 10 sequences; a block holds 64 buckets.
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 15),
  block_no int NOT NULL CHECK (block_no >= 0),
  site_id int NOT NULL,
  -- Chunks that the block was made of. In the clear, because the chunk table shows as much; with it a
  -- missing trend is found without opening a row.
  chunk_count int NOT NULL CHECK (chunk_count >= 0),
  -- Counts updates: whoever writes writes only over what it has read.
  revision int NOT NULL CHECK (revision >= 1),
  -- The block, sealed with the recording's key.
  body bytea NOT NULL,
  PRIMARY KEY (recording_id, segment_no, stream_no, algorithm, level, block_no)
) WITH (fillfactor = 90);
ALTER TABLE wavekeep.trend ALTER body SET STORAGE EXTERNAL;

SELECT wavekeep.isolate_sites('wavekeep.trend');

GRANT SELECT, INSERT, UPDATE (chunk_count, revision, body) ON wavekeep.trend TO wavekeep_deriver;
GRANT SELECT ON wavekeep.trend TO wavekeep_reader;

-- The deriver follows all sites, each in transactions of its own. It learns their numbers, and nothing else
-- of any of them, from here: row-level security shows a site to its own transactions only.
CREATE FUNCTION wavekeep.site_numbers() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT site_id FROM wavekeep.site ORDER BY site_id
$$;
REVOKE ALL ON FUNCTION wavekeep.site_numbers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.site_numbers() TO wavekeep_deriver;
