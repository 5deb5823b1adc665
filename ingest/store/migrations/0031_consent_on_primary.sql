-- 0031: what a patient allows, asked on the primary.
--
-- Why: query may read from a replica, and a replica may not know yet that a patient was restricted or that
-- somebody broke the glass. Its other pool is on the primary and may insert events alone: so it asks a function of
-- the owner, which says three words about one patient and shows no row. Sites stay apart: the owner is under the
-- same policies.

SET LOCAL ROLE wavekeep_owner;

CREATE FUNCTION wavekeep.consent_of(
  of_recording uuid, of_patient text, of_person uuid,
  OUT care text, OUT research text, OUT is_glass_open boolean
)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(newest.care, 'allowed'), coalesce(newest.research, 'denied'),
      coalesce(newest.care = 'restricted', false) AND EXISTS (
        SELECT FROM wavekeep.break_glass b
          WHERE b.site_id = current_setting('app.site')::int AND b.person_id = of_person
            AND b.patient_uuid = p.patient_uuid AND b.expires_at > clock_timestamp())
    FROM (
      SELECT l.patient_uuid FROM wavekeep.current_link l WHERE l.recording_id = of_recording
      UNION ALL
      SELECT q.patient_uuid FROM wavekeep.patient q
        WHERE q.site_id = current_setting('app.site')::int AND q.patient_code = of_patient
    ) p
      LEFT JOIN LATERAL (
        SELECT c.care, c.research FROM wavekeep.patient_consent c
          WHERE c.patient_uuid = p.patient_uuid ORDER BY c.version DESC LIMIT 1
      ) newest ON true
$$;
REVOKE ALL ON FUNCTION wavekeep.consent_of(uuid, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.consent_of(uuid, text, uuid) TO wavekeep_audit;
