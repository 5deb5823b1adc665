-- 0029: whose data an event is about, and how an auditor finds it among millions.
--
-- Why a column for the patient: a recording may become another patient's (0021), and "who saw this patient" is
-- asked for six years. What was true when somebody looked is in the row; what is true now follows from links.
-- Why a function of the owner fills it: who writes accesses down may read no recording.
-- Why the indexes leave out chunks: they are nearly all rows, each has its proof (core/log), and an auditor asks
-- for people. So ingest's insert pays for the look at one column, five times, and for no page of an index
-- (decision 0046 has the figures).

SET LOCAL ROLE wavekeep_owner;

ALTER TABLE wavekeep.event ADD COLUMN patient_uuid uuid;
GRANT INSERT (patient_uuid) ON wavekeep.event TO wavekeep_writer, wavekeep_audit, wavekeep_accounts;

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

GRANT SELECT (patient_uuid) ON wavekeep.event TO wavekeep_auditor;
GRANT SELECT (recording_id, site_id, patient_uuid, recording_code) ON wavekeep.recording
  TO wavekeep_auditor;
GRANT SELECT (recording_id, version, site_id, patient_uuid, recording_code) ON wavekeep.recording_link
  TO wavekeep_auditor;
