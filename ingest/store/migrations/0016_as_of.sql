-- 0016: marks and reviews as somebody saw them, exact at the row.
--
-- Why: a row gets its moment before its transaction commits, so a list "as of" a moment may hold, later on,
-- what nobody saw then. A transaction's number and a snapshot tell it apart: a row belongs to a list when its
-- transaction had committed in the snapshot that the list was read in (decision 0032).
-- Rows that are there already were committed before this migration: they get its own number, and belong to
-- every snapshot from now on.

SET LOCAL ROLE wavekeep_owner;

ALTER TABLE wavekeep.annotation ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE wavekeep.annotation_review ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

-- The number is the server's: no role says it. (Of reviews every column was granted by itself before.)
REVOKE INSERT ON wavekeep.annotation FROM wavekeep_writer;
GRANT INSERT (
  recording_id, annotation_id, version, site_id, kind, author_role, source, body_sealed, content_digest,
  status, received_at
) ON wavekeep.annotation TO wavekeep_writer;
