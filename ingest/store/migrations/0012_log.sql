-- 0012: the transparency log: leaves in the event row, and what the sequencer makes of them.
--
-- Why the event row holds the entry: the sequencer needs these 56 bytes and nothing else, so it reads the
-- outbox and no other table, and a chunk's leaf is in the transaction of the chunk.
-- Why no salt: it is derived from the recording's data key and the content, and dies with the patient's
-- key. Only what belongs to no recording keeps a random one. Decision 0027.
-- Why tables and not files: PostgreSQL stays the only state; query serves from here the plain files that
-- C2SP tlog-tiles describes.
-- Why a role of its own: the sequencer sees entries and keys of rows of all sites, never what a row says;
-- and nobody else can write the log.
--   wavekeep_sequencer  reads leaves of events; INSERT and UPDATE on the log's own tables
-- Hazard: xid belongs to this server. A logical dump brought into another one would hide events from the
-- sequencer until its counter has caught up; a restore is physical (base backup and write-ahead log).

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wavekeep_sequencer') THEN
    CREATE ROLE wavekeep_sequencer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      NOINHERIT;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server got there first
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_sequencer;
GRANT SELECT ON wavekeep.schema_version, wavekeep.incarnation TO wavekeep_sequencer;

-- What goes into the log has an entry; events without one stay out of it. The content is plain: ids,
-- digests and a time (core/log/FORMAT.md); a chunk has none here, because its row says the same.
ALTER TABLE wavekeep.event
  ADD COLUMN leaf_entry bytea CHECK (octet_length(leaf_entry) = 56),
  ADD COLUMN leaf_content bytea;
GRANT INSERT (leaf_entry, leaf_content) ON wavekeep.event TO wavekeep_writer, wavekeep_audit;

-- The sequencer's way in: xid ascends, so entries come at the right edge, and those of one transaction
-- share a posting list.
CREATE INDEX event_outbox ON wavekeep.event (xid) WHERE leaf_entry IS NOT NULL;

-- Salts of chunks from before stay where they are.
ALTER TABLE wavekeep.chunk ALTER leaf_salt DROP NOT NULL;

-- A review's leaf says when; its row must say the same.
GRANT INSERT (received_at) ON wavekeep.annotation_review TO wavekeep_writer;

-- A constant, so that the policy of the sites is left out of its plans and never asks for a site. What it
-- may see is in the columns: entries, and the keys of the rows they are about.
CREATE POLICY sequencer_reads_leaves ON wavekeep.event FOR SELECT TO wavekeep_sequencer USING (true);
GRANT SELECT (event_id, xid, at, site_id, recording_id, segment_no, stream_no, sequence, kind, leaf_entry)
  ON wavekeep.event TO wavekeep_sequencer;
-- The reader opens leaves of its own site.
GRANT SELECT (
  event_id, site_id, recording_id, segment_no, stream_no, sequence, kind, at, leaf_entry, leaf_content,
  leaf_salt
) ON wavekeep.event TO wavekeep_reader;

-- One row for each log; the greatest number is the current one. A new one begins after a restore.
CREATE TABLE wavekeep.log_head (
  log_no int PRIMARY KEY CHECK (log_no >= 1),
  origin text NOT NULL UNIQUE,
  -- Of the first entry, which is no event: log-start. Nothing in it is secret.
  start_salt bytea NOT NULL CHECK (octet_length(start_salt) = 32),
  start_content bytea NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  -- The signed checkpoint of this size. Published is what has been offered to the witnesses.
  note bytea,
  signed_at timestamptz,
  checkpoint bytea,
  checkpoint_size bigint,
  witness_count int NOT NULL DEFAULT 0,
  published_at timestamptz,
  -- The newest one that a witness has signed.
  witnessed_checkpoint bytea,
  witnessed_size bigint,
  -- The last event that is in the log.
  cursor_xid xid8 NOT NULL DEFAULT '0',
  cursor_event_id bigint NOT NULL DEFAULT 0,
  -- Counts updates: whoever writes writes only over what it has read.
  revision bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Hashes of level 0 and up; level -1 holds bundles of entries. A partial tile is written over by a longer
-- one that begins with it, so every earlier width can be cut from the newest; a full one never changes.
CREATE TABLE wavekeep.log_tile (
  log_no int NOT NULL,
  level smallint NOT NULL CHECK (level BETWEEN -1 AND 63),
  tile_index bigint NOT NULL CHECK (tile_index >= 0),
  width smallint NOT NULL CHECK (width BETWEEN 1 AND 256),
  bytes bytea NOT NULL,
  PRIMARY KEY (log_no, level, tile_index)
);
ALTER TABLE wavekeep.log_tile ALTER bytes SET STORAGE EXTERNAL;

-- Where in the log a row is: runs of neighbouring chunks of a stream, and single leaves of other nouns,
-- whose event holds the content.
CREATE TABLE wavekeep.log_index (
  log_no int NOT NULL,
  first_index bigint NOT NULL,
  leaf_count int NOT NULL CHECK (leaf_count >= 1),
  segment_no int,
  recording_id uuid,
  stream_no int,
  first_sequence int,
  event_id bigint
);
CREATE INDEX log_index_key
  ON wavekeep.log_index (log_no, recording_id, segment_no, stream_no, first_sequence);
CREATE INDEX log_index_position ON wavekeep.log_index USING brin (first_index);

CREATE FUNCTION wavekeep.refuse_log_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'log_tile' THEN
    IF NEW.width > OLD.width AND (NEW.log_no, NEW.level, NEW.tile_index) =
      (OLD.log_no, OLD.level, OLD.tile_index)
      AND substring(NEW.bytes FOR octet_length(OLD.bytes)) = OLD.bytes THEN
      RETURN NEW;
    END IF;
  ELSIF NEW.size >= OLD.size AND NEW.revision = OLD.revision + 1 AND
    (NEW.log_no, NEW.origin, NEW.start_salt, NEW.start_content) =
    (OLD.log_no, OLD.origin, OLD.start_salt, OLD.start_content) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Cannot update %.%: the log only grows', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION wavekeep.refuse_log_change() FROM PUBLIC;

SELECT wavekeep.make_append_only('wavekeep.log_index');
CREATE TRIGGER only_grows BEFORE UPDATE ON wavekeep.log_head
  FOR EACH ROW EXECUTE FUNCTION wavekeep.refuse_log_change();
CREATE TRIGGER only_grows BEFORE UPDATE ON wavekeep.log_tile
  FOR EACH ROW EXECUTE FUNCTION wavekeep.refuse_log_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON wavekeep.log_head
  FOR EACH STATEMENT EXECUTE FUNCTION wavekeep.refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON wavekeep.log_tile
  FOR EACH STATEMENT EXECUTE FUNCTION wavekeep.refuse_change();
ALTER TABLE wavekeep.log_head ENABLE ALWAYS TRIGGER only_grows, ENABLE ALWAYS TRIGGER never_removed;
ALTER TABLE wavekeep.log_tile ENABLE ALWAYS TRIGGER only_grows, ENABLE ALWAYS TRIGGER never_removed;
SELECT wavekeep.vacuum_as_append_only('wavekeep.log_index');

GRANT SELECT ON wavekeep.log_head, wavekeep.log_tile, wavekeep.log_index
  TO wavekeep_sequencer, wavekeep_reader;
GRANT INSERT ON wavekeep.log_head, wavekeep.log_tile, wavekeep.log_index TO wavekeep_sequencer;
GRANT UPDATE (
  size, root, note, signed_at, checkpoint, checkpoint_size, witness_count, published_at,
  witnessed_checkpoint, witnessed_size, cursor_xid, cursor_event_id, revision
) ON wavekeep.log_head TO wavekeep_sequencer;
GRANT UPDATE (width, bytes) ON wavekeep.log_tile TO wavekeep_sequencer;
