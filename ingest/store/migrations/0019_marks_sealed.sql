-- 0019: what a mark is and which file a recording came from are sealed, and an erasure takes their rows.
--
-- Why sealed: that somebody had a seizure is health data of whoever a code leads to, and the SHA-256 of a file
-- names that file to everybody who has it. What was once in the clear stays in backups, where no erasure gets
-- to; what is sealed is gone with the key, there as well (decision 0034).
-- Why rows go, too: when something was marked, and whether it stands, is asked in SQL (counts, as-of lists),
-- so it has to be in the clear while it is there. The log keeps the leaves of what was deleted.
-- Why a trigger beside the grant: the eraser deletes rows of a recording whose erasure is written, and no
-- others; everybody else deletes nothing, as before.
-- Rows from before keep kind, source and SHA-256 in the clear until their patient is erased: nobody here has
-- the keys. Rows of patients who were erased before go now.

SET LOCAL ROLE wavekeep_owner;

-- New rows have them in the sealed body and nowhere else.
ALTER TABLE wavekeep.annotation
  ALTER kind DROP NOT NULL,
  ALTER source DROP NOT NULL,
  ADD CONSTRAINT annotation_sealed CHECK (kind IS NULL AND source IS NULL) NOT VALID;
REVOKE INSERT (kind, source), SELECT (kind, source) ON wavekeep.annotation FROM wavekeep_writer;

-- HMAC of the file's SHA-256 under the recording's key; of rows from before the SHA-256 itself. The length is
-- in the sealed body; only rows from before have it here.
ALTER TABLE wavekeep.source_artifact RENAME file_sha256 TO file_key;
ALTER TABLE wavekeep.source_artifact
  ALTER byte_length DROP NOT NULL,
  ADD CONSTRAINT source_sealed CHECK (byte_length IS NULL) NOT VALID;
REVOKE INSERT ON wavekeep.source_artifact FROM wavekeep_writer;
GRANT INSERT (recording_id, file_key, site_id, body_sealed, content_digest)
  ON wavekeep.source_artifact TO wavekeep_writer;

-- Statements of the eraser pass, and of its rows those of recordings whose erasure is written.
CREATE FUNCTION wavekeep.refuse_unless_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_user = 'wavekeep_eraser' THEN
    IF TG_LEVEL = 'STATEMENT' THEN
      RETURN NULL;
    ELSIF EXISTS (
      SELECT FROM wavekeep.recording_erasure e WHERE e.recording_id = OLD.recording_id
    ) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'Cannot % %.%: table is append-only',
    lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION wavekeep.refuse_unless_erased() FROM PUBLIC;

-- For as long as this takes: the owner sees all sites, and what it may not keep goes.
ALTER TABLE wavekeep.annotation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.annotation_review NO FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.source_artifact NO FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.recording_erasure NO FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.event NO FORCE ROW LEVEL SECURITY;
DROP TRIGGER append_only ON wavekeep.annotation;
DROP TRIGGER append_only ON wavekeep.annotation_review;
DROP TRIGGER append_only ON wavekeep.source_artifact;
ALTER TABLE wavekeep.event DISABLE TRIGGER append_only;

DELETE FROM wavekeep.annotation_review WHERE recording_id IN (SELECT recording_id FROM wavekeep.recording_erasure);
DELETE FROM wavekeep.annotation WHERE recording_id IN (SELECT recording_id FROM wavekeep.recording_erasure);
DELETE FROM wavekeep.source_artifact WHERE recording_id IN (SELECT recording_id FROM wavekeep.recording_erasure);
-- The audit says that a mark was written, by whom and when; what it was, the mark says.
UPDATE wavekeep.event SET detail = detail - 'kind' - 'status' WHERE kind = 'annotation.stored';

ALTER TABLE wavekeep.event ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE wavekeep.event FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.recording_erasure FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.source_artifact FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.annotation_review FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.annotation FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['annotation', 'annotation_review', 'source_artifact'] LOOP
    EXECUTE format(
      'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wavekeep.%I
         FOR EACH STATEMENT EXECUTE FUNCTION wavekeep.refuse_unless_erased()', target);
    EXECUTE format(
      'CREATE TRIGGER only_erased BEFORE DELETE ON wavekeep.%I
         FOR EACH ROW EXECUTE FUNCTION wavekeep.refuse_unless_erased()', target);
    EXECUTE format(
      'ALTER TABLE wavekeep.%I ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER only_erased',
      target);
  END LOOP;
END
$$;

GRANT SELECT (recording_id, site_id)
  ON wavekeep.annotation, wavekeep.annotation_review, wavekeep.source_artifact TO wavekeep_eraser;
GRANT DELETE ON wavekeep.annotation, wavekeep.annotation_review, wavekeep.source_artifact
  TO wavekeep_eraser;
