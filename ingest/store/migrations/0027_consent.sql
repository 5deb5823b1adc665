-- 0027: what patients allow, and how long things are kept.
--
-- Why versions: who said what when is part of what a look at a record is worth; the newest holds. Without one
-- care is allowed, research is denied, and nothing is held.
-- Why the reason is sealed: it is free text about a patient. It lies under the patient's key, which key_uuid
-- names, so an erasure takes it along; what was said is in the clear, because queries ask for it.
-- Why the reader sees no reason: it decides who may look, and that follows from care and research alone.
-- Why a legal hold is here: whoever may say what happens to a record says that nothing may.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.patient_consent (
  patient_uuid uuid NOT NULL,
  version int NOT NULL CHECK (version >= 1),
  site_id int NOT NULL,
  -- restricted: nobody looks without breaking the glass.
  care text NOT NULL CHECK (care IN ('allowed', 'restricted')),
  -- Of de-identified views.
  research text NOT NULL CHECK (research IN ('allowed', 'denied')),
  -- Nothing of the patient is erased.
  legal_hold boolean NOT NULL,
  reason_sealed bytea NOT NULL,
  key_uuid uuid NOT NULL,
  actor text NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (patient_uuid, version),
  FOREIGN KEY (patient_uuid, site_id) REFERENCES wavekeep.patient (patient_uuid, site_id)
);
-- Whoever may be looked at for research, in one pass over few rows.
CREATE INDEX patient_consent_research ON wavekeep.patient_consent (site_id, patient_uuid)
  WHERE research = 'allowed';

SELECT wavekeep.isolate_sites('wavekeep.patient_consent'),
  wavekeep.make_append_only('wavekeep.patient_consent');

GRANT SELECT, INSERT ON wavekeep.patient_consent TO wavekeep_writer;
GRANT SELECT (patient_uuid, version, site_id, care, research, legal_hold, actor, made_at)
  ON wavekeep.patient_consent TO wavekeep_reader, wavekeep_eraser;
