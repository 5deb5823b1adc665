-- 0025: a recording says who opened it.
--
-- Why: a device reaches the recordings that it opened, or opened a segment of, and no others of its site.
-- Rows from before say nothing; there a device has its segments.

SET LOCAL ROLE wavekeep_owner;

ALTER TABLE wavekeep.recording ADD COLUMN opened_by text;
