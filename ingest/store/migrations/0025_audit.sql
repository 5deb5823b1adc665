-- 0025: whose data an event is about, and how an auditor finds it among millions.
--
-- Why a column for the patient: a recording may become another patient's (0021), and "who saw this patient" is
-- asked for six years. What was true when somebody looked is in the row; what is true now follows from links.
-- Why a function of the owner fills it: who writes accesses down may read no recording.
-- Why the indexes leave out chunks: they are nearly all rows, each has its proof (core/log), and an auditor asks
-- for people. So ingest's insert pays for the look at one column, five times, and for no page of an index
-- (decision 0043 has the figures).

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wavekeep_auditor') THEN
    CREATE ROLE wavekeep_auditor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      NOINHERIT;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server got there first
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_auditor;

ALTER TABLE wavekeep.event ADD COLUMN patient_uuid uuid;
GRANT INSERT (patient_uuid) ON wavekeep.event TO wavekeep_writer, wavekeep_audit;

-- Whose a recording is now; of the transaction's own site.
CREATE FUNCTION wavekeep.patient_of(of_recording uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.patient_uuid FROM wavekeep.current_link l WHERE l.recording_id = of_recording
$$;
REVOKE ALL ON FUNCTION wavekeep.patient_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.patient_of(uuid) TO wavekeep_writer, wavekeep_audit;

CREATE INDEX event_patient ON wavekeep.event (patient_uuid, at) WHERE patient_uuid IS NOT NULL;
CREATE INDEX event_audit ON wavekeep.event (site_id, at, event_id) WHERE kind <> 'chunk.stored';
CREATE INDEX event_audit_kind ON wavekeep.event (site_id, kind, at, event_id)
  WHERE kind <> 'chunk.stored';
CREATE INDEX event_audit_actor ON wavekeep.event (site_id, actor, at, event_id)
  WHERE kind <> 'chunk.stored';
CREATE INDEX event_audit_recording ON wavekeep.event (recording_id, at)
  WHERE kind <> 'chunk.stored' AND recording_id IS NOT NULL;

-- Never a leaf, a digest, a sealed column.
GRANT SELECT (event_id, at, site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence,
  detail, patient_uuid) ON wavekeep.event TO wavekeep_auditor;
GRANT SELECT ON wavekeep.patient, wavekeep.schema_version, wavekeep.incarnation, wavekeep.site
  TO wavekeep_auditor;
GRANT SELECT (recording_id, site_id, patient_uuid, recording_code) ON wavekeep.recording
  TO wavekeep_auditor;
GRANT SELECT (recording_id, version, site_id, patient_uuid, recording_code) ON wavekeep.recording_link
  TO wavekeep_auditor;
