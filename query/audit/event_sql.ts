/**
 * Pieces of SQL about events, as the auditor's role may ask: what is meant by a patient's own, a code, a person.
 *
 * Each is about a row `e` of the statement that it stands in.
 *
 * @module
 */

/** Written by others in great numbers; each has its proof. */
export const NOT_CHUNKS = "e.kind <> 'chunk.stored'";

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** RFC 3339, UTC, to the microsecond. */
export const AS_INSTANT = (column: string) => `to_char(${column} at time zone 'UTC', ${INSTANT})`;

/** Recordings that are a patient's now. */
export const OWN_NOW = (patient: string) =>
  `select r.recording_id from (
     select recording_id from wavekeep.recording where patient_uuid = ${patient}
     union select recording_id from wavekeep.recording_link where patient_uuid = ${patient}
   ) r where ${patient} = coalesce(
     (select n.patient_uuid from wavekeep.recording_link n where n.recording_id = r.recording_id
        order by n.version desc limit 1),
     (select o.patient_uuid from wavekeep.recording o where o.recording_id = r.recording_id))`;

/** What a recording is called now. */
export const CODE_OF = `coalesce(
    (select n.recording_code from wavekeep.recording_link n where n.recording_id = e.recording_id
       order by n.version desc limit 1),
    (select r.recording_code from wavekeep.recording r where r.recording_id = e.recording_id))`;

/** Whose data it is about: as the row says, or whose the recording is now. */
export const PATIENT_OF = `coalesce(e.patient_uuid,
    (select n.patient_uuid from wavekeep.recording_link n where n.recording_id = e.recording_id
       order by n.version desc limit 1),
    (select r.patient_uuid from wavekeep.recording r where r.recording_id = e.recording_id))`;
