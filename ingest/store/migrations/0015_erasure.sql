-- 0015: erasure on request: what was erased stays said, and what was derived goes.
--
-- Why a role of its own: it is the only one that may delete, and only what can be computed again or, once
-- the key is gone, by nobody. It reads no body.
--   wavekeep_eraser   keys and ranges of what is stored; INSERT on erasures and events; DELETE on derived rows
-- Why the pseudonym is kept: it comes from the recording's data key, which is destroyed, and a leaf of what
-- arrived in the last seconds has to be written under it afterwards.
-- The chunks themselves stay, sealed by a key that no longer exists: backups keep them anyway, and the log
-- goes on verifying. Decision 0031.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wavekeep_eraser') THEN
    CREATE ROLE wavekeep_eraser LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      NOINHERIT;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server got there first
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_eraser;

-- A recording whose key is, or is about to be, destroyed. Its leaf is in the event row beside it.
CREATE TABLE wavekeep.recording_erasure (
  recording_id uuid PRIMARY KEY,
  site_id int NOT NULL,
  -- What the log calls the recording.
  pseudonym bytea NOT NULL CHECK (octet_length(pseudonym) = 16),
  erased_at timestamptz NOT NULL,
  FOREIGN KEY (recording_id, site_id) REFERENCES wavekeep.recording (recording_id, site_id)
);

-- A patient of whom nothing is left to do.
CREATE TABLE wavekeep.patient_erasure (
  patient_uuid uuid PRIMARY KEY,
  site_id int NOT NULL,
  actor text NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (patient_uuid, site_id) REFERENCES wavekeep.patient (patient_uuid, site_id)
);

SELECT wavekeep.make_append_only(noun), wavekeep.isolate_sites(noun)
FROM unnest(ARRAY['wavekeep.recording_erasure', 'wavekeep.patient_erasure']::regclass[]) AS noun;

GRANT SELECT ON
  wavekeep.schema_version, wavekeep.incarnation, wavekeep.site, wavekeep.patient, wavekeep.recording,
  wavekeep.recording_erasure, wavekeep.patient_erasure
TO wavekeep_eraser;
GRANT SELECT (recording_id, segment_no, site_id, segment_id) ON wavekeep.segment TO wavekeep_eraser;
GRANT SELECT (recording_id, segment_no, stream_no, site_id) ON wavekeep.stream TO wavekeep_eraser;
GRANT SELECT (recording_id, segment_no, stream_no, sequence, site_id)
  ON wavekeep.chunk TO wavekeep_eraser;
GRANT SELECT (recording_id, site_id) ON wavekeep.envelope, wavekeep.trend TO wavekeep_eraser;
GRANT DELETE ON wavekeep.envelope, wavekeep.trend TO wavekeep_eraser;
GRANT INSERT ON wavekeep.recording_erasure, wavekeep.patient_erasure TO wavekeep_eraser;
GRANT INSERT (site_id, kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content, leaf_salt)
  ON wavekeep.event TO wavekeep_eraser;
-- What its own leaves cover already.
GRANT SELECT (site_id, recording_id, kind, leaf_content) ON wavekeep.event TO wavekeep_eraser;
-- The scrubber moves no row of its own, either (0013 let it).
REVOKE UPDATE ON wavekeep.scrub, wavekeep.scrub_figure FROM wavekeep_scrubber;
GRANT UPDATE (pass_count, verified_at, started_at, next_sequence, checked_count, finding_count)
  ON wavekeep.scrub TO wavekeep_scrubber;
GRANT UPDATE (oldest_at, unchecked_count, chunks_per_second, checked_count, finding_count, updated_at)
  ON wavekeep.scrub_figure TO wavekeep_scrubber;

GRANT SELECT ON wavekeep.recording_erasure, wavekeep.patient_erasure
  TO wavekeep_reader, wavekeep_writer, wavekeep_scrubber;
