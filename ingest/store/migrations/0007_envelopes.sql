-- 0007: envelopes: least and greatest of stretches of samples, derived from chunks.
--
-- Why a table of its own: a day of 23 channels is 86,400 chunks, and an overview of it must not decode
-- them. Everything here can be made again from the chunks, so it may change: it is the first table that
-- is not append-only.
-- Why a role of its own: the writer of chunks cannot update anything, and shall not learn to. The deriver
-- updates this table and inserts nowhere else; it may read bodies, because what a crash kept from being
-- summarised is read again.
--   wavekeep_deriver  ingest, beside the writer: SELECT on what chunks need to be read, INSERT on envelope
--                     and UPDATE of what is in a row, never of where it stands
-- Why sealed: the least and greatest of every second is health data. chunk_count is in the clear, because
-- the chunk table shows as much; with it a missing summary is found without opening a row.
-- Why no foreign key: a check for every row would lock the recording's one row for every writer. A derived
-- row without its recording is of no use to anybody, and shows nobody anything.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wavekeep_deriver') THEN
    CREATE ROLE wavekeep_deriver LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      NOINHERIT;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server got there first
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_deriver;

CREATE TABLE wavekeep.envelope (
  recording_id uuid NOT NULL,
  segment_no int NOT NULL,
  stream_no int NOT NULL CHECK (stream_no BETWEEN 0 AND 65535),
  -- Buckets of level n hold 8^n sequences; a block holds 64 buckets (core/summary/FORMAT.md).
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 15),
  -- Of the rules that least, greatest and what is not assessable were found by; rows of another version
  -- count as absent.
  algorithm smallint NOT NULL CHECK (algorithm >= 0),
  block_no int NOT NULL CHECK (block_no >= 0),
  site_id int NOT NULL,
  -- Chunks that the block has taken in, each once.
  chunk_count int NOT NULL CHECK (chunk_count >= 0),
  -- Counts updates: whoever merges writes only over what it has read.
  revision int NOT NULL CHECK (revision >= 1),
  -- The block, sealed with the recording's key.
  body bytea NOT NULL,
  PRIMARY KEY (recording_id, segment_no, stream_no, level, block_no)
) WITH (fillfactor = 90);
ALTER TABLE wavekeep.envelope ALTER body SET STORAGE EXTERNAL;

SELECT wavekeep.isolate_sites('wavekeep.envelope');

GRANT SELECT, INSERT, UPDATE (algorithm, chunk_count, revision, body)
  ON wavekeep.envelope TO wavekeep_deriver;
GRANT SELECT ON wavekeep.envelope TO wavekeep_reader;

GRANT SELECT ON
  wavekeep.schema_version, wavekeep.incarnation, wavekeep.site, wavekeep.patient, wavekeep.recording,
  wavekeep.segment, wavekeep.stream, wavekeep.parameter_set, wavekeep.chunk
TO wavekeep_deriver;
