-- 0005: parameter sets come into use.
--
-- Why the writer may read them, the one payload it reads: a chunk of codec 2 is decoded before it is
-- acknowledged, and after a restart, or in another process, the set that it names is here and nowhere
-- else. Both columns: when the body fails its check, the copy is used. Decision 0013.

SET LOCAL ROLE wavekeep_owner;

GRANT SELECT (body, copy) ON wavekeep.parameter_set TO wavekeep_writer;
