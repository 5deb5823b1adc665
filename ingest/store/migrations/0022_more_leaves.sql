-- 0022: a source's leaf says when it came, and its row has to say the same.
--
-- Why: closings, clock observations, sources, civil starts and the devices of keys get leaves of their own
-- (core/log/FORMAT.md, types 15 to 19); of the others the writer says the moment already. Rows from before
-- have no such leaf: a recording without a leaf of type recording-start was opened by a build that gave none.

SET LOCAL ROLE wavekeep_owner;

GRANT INSERT (received_at) ON wavekeep.source_artifact TO wavekeep_writer;
