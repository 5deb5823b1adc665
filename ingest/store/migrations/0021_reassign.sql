-- 0021: whose recording it is has versions, and a patient's key may be replaced.
--
-- Why versions: two patients' recordings get swapped by hand. The correction is a row that says from when on
-- the recording is somebody else's, with who and why; what was stored stays as it was.
-- Why the patient's key goes with it: the first wrapped key stays in its row and in every backup, and the key
-- of the patient who had the recording would open it for ever, so that erasing the other one would erase
-- nothing. So the one who loses a recording gets another key, under which what stays is wrapped anew, and the
-- old one is destroyed: earlier rows of the wrapped key open nothing (decision 0037).
-- Why a role of its own: it says whose data it is, and reads none.
--   wavekeep_registrar  keys and codes; INSERT on links, patients' keys, patients and events

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wavekeep_registrar') THEN
    CREATE ROLE wavekeep_registrar LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      NOINHERIT;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server got there first
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_registrar;

-- The name of the file in the key folder; the patient's own UUID until its key is replaced.
CREATE TABLE wavekeep.patient_key (
  key_uuid uuid PRIMARY KEY,
  patient_uuid uuid NOT NULL,
  site_id int NOT NULL,
  -- The first one has no row.
  version int NOT NULL CHECK (version >= 2),
  since timestamptz NOT NULL,
  UNIQUE (patient_uuid, version),
  FOREIGN KEY (patient_uuid, site_id) REFERENCES wavekeep.patient (patient_uuid, site_id)
);

-- The first version is the recording's own row. A version with the codes of the one before only wraps anew.
CREATE TABLE wavekeep.recording_link (
  recording_id uuid NOT NULL,
  version int NOT NULL CHECK (version >= 2),
  site_id int NOT NULL,
  patient_uuid uuid NOT NULL,
  recording_code text NOT NULL CHECK (recording_code ~ '^[A-Za-z0-9._-]{1,64}$'),
  key_uuid uuid NOT NULL,
  wrapped_key bytea NOT NULL,
  -- The site's own code of why: an incident's number. Never a name.
  reason text NOT NULL CHECK (reason ~ '^[A-Za-z0-9._-]{1,64}$'),
  actor text NOT NULL,
  linked_at timestamptz NOT NULL,
  PRIMARY KEY (recording_id, version),
  FOREIGN KEY (recording_id, site_id) REFERENCES wavekeep.recording (recording_id, site_id),
  FOREIGN KEY (patient_uuid, site_id) REFERENCES wavekeep.patient (patient_uuid, site_id)
);
CREATE INDEX recording_link_codes ON wavekeep.recording_link (site_id, patient_uuid, recording_code);

-- What a recording was opened under; null: the patient's first.
ALTER TABLE wavekeep.recording ADD COLUMN key_uuid uuid;

SELECT wavekeep.make_append_only(noun), wavekeep.isolate_sites(noun)
FROM unnest(ARRAY['wavekeep.patient_key', 'wavekeep.recording_link']::regclass[]) AS noun;

-- Whose each recording is now. By recording_id it is two look-ups; whoever comes by codes asks
-- recordings_of_codes first.
CREATE VIEW wavekeep.current_link WITH (security_invoker = true) AS
  SELECT r.recording_id, r.site_id, coalesce(l.patient_uuid, r.patient_uuid) AS patient_uuid,
    coalesce(l.recording_code, r.recording_code) AS recording_code,
    coalesce(l.key_uuid, r.key_uuid, r.patient_uuid) AS key_uuid,
    coalesce(l.wrapped_key, r.wrapped_key) AS wrapped_key, coalesce(l.version, 1) AS version,
    -- Whatever it was opened as: its codes were another recording's once, or will be.
    exists (SELECT FROM wavekeep.recording_link m WHERE m.recording_id = r.recording_id
      AND (m.patient_uuid, m.recording_code) <> (r.patient_uuid, r.recording_code)) AS is_moved
  FROM wavekeep.recording r
    LEFT JOIN LATERAL (
      SELECT n.* FROM wavekeep.recording_link n WHERE n.recording_id = r.recording_id
        ORDER BY n.version DESC LIMIT 1
    ) l ON true;

-- Recordings that have, or once had, these codes: one or two, and the current link decides. Without a search
-- path of its own, and with every name in full, it is planned as part of whoever asks.
CREATE FUNCTION wavekeep.recordings_of_codes(of_site int, of_patient text, of_recording text)
RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT r.recording_id FROM wavekeep.recording r
    WHERE r.site_id = of_site AND r.recording_code = of_recording AND r.patient_uuid = (
      SELECT p.patient_uuid FROM wavekeep.patient p
        WHERE p.site_id = of_site AND p.patient_code = of_patient)
  UNION
  SELECT l.recording_id FROM wavekeep.recording_link l
    WHERE l.site_id = of_site AND l.recording_code = of_recording AND l.patient_uuid = (
      SELECT p.patient_uuid FROM wavekeep.patient p
        WHERE p.site_id = of_site AND p.patient_code = of_patient)
$$;
REVOKE ALL ON FUNCTION wavekeep.recordings_of_codes(int, text, text) FROM PUBLIC;

-- Serialises what changes a patient's key with what is wrapped by it: a recording that is opened meanwhile
-- under a key that is about to be destroyed would be lost. Each statement in here sees what was committed
-- before the lock was given.
CREATE FUNCTION wavekeep.refuse_stale_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(
    hashtextextended('wavekeep.patient_key/' || NEW.patient_uuid::text, 0));
  IF coalesce(NEW.key_uuid, NEW.patient_uuid) <> coalesce((
    SELECT k.key_uuid FROM wavekeep.patient_key k WHERE k.patient_uuid = NEW.patient_uuid
      ORDER BY k.version DESC LIMIT 1), NEW.patient_uuid) THEN
    RAISE EXCEPTION 'Cannot open a recording: the key of its patient was replaced'
      USING ERRCODE = 'WK001';
  END IF;
  IF EXISTS (SELECT FROM wavekeep.recording_link l WHERE l.site_id = NEW.site_id
    AND l.patient_uuid = NEW.patient_uuid AND l.recording_code = NEW.recording_code) THEN
    RAISE EXCEPTION 'Cannot open a recording: another one was given these codes'
      USING ERRCODE = 'WK002';
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION wavekeep.refuse_stale_key() FROM PUBLIC;
CREATE TRIGGER key_is_current BEFORE INSERT ON wavekeep.recording
  FOR EACH ROW EXECUTE FUNCTION wavekeep.refuse_stale_key();

GRANT SELECT ON wavekeep.recording_link, wavekeep.patient_key, wavekeep.current_link
  TO wavekeep_writer, wavekeep_reader, wavekeep_deriver, wavekeep_scrubber, wavekeep_eraser,
    wavekeep_registrar;
GRANT EXECUTE ON FUNCTION wavekeep.recordings_of_codes(int, text, text)
  TO wavekeep_writer, wavekeep_reader, wavekeep_registrar;

GRANT SELECT ON
  wavekeep.schema_version, wavekeep.incarnation, wavekeep.site, wavekeep.patient, wavekeep.recording,
  wavekeep.patient_erasure
TO wavekeep_registrar;
GRANT INSERT ON wavekeep.recording_link, wavekeep.patient_key, wavekeep.patient TO wavekeep_registrar;
GRANT INSERT (site_id, kind, actor, request_id, recording_id, detail, leaf_entry, leaf_content, leaf_salt)
  ON wavekeep.event TO wavekeep_registrar;
