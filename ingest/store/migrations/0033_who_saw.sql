-- 0033: who saw a patient, person by person.
--
-- Why by patient, then person, then time: the last access of each person is one step in the index, so a page of
-- people is found without the rows of all of them (decision 0052 has the figures). Only what the question is about
-- is in it, by the words of the question: the planner takes such an index where they are the same.
-- Why one of rows that name nobody: what ingest writes of a recording, and accesses from before 0029, are the
-- patient's by the recording alone. Without it they are looked for among all that name theirs.

SET LOCAL ROLE wavekeep_owner;

CREATE INDEX event_patient_access ON wavekeep.event (patient_uuid, actor, at)
  WHERE patient_uuid IS NOT NULL
    AND (kind LIKE 'access.%' OR kind LIKE 'export.%' OR kind = 'security.break-glass');
CREATE INDEX event_audit_unnamed ON wavekeep.event (recording_id, at)
  WHERE patient_uuid IS NULL AND recording_id IS NOT NULL AND kind <> 'chunk.stored';
