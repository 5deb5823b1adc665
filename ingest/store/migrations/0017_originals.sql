-- 0017: what a file held beside its samples may be read by the reader.
--
-- Why: an export with `original` gives files back byte for byte, and header and annotation bytes are in the
-- sealed body. It opens only with the recording's key, and query gives it to role custodian alone
-- (core/service/access.ts, `originals:export`; query decision 0005).

SET LOCAL ROLE wavekeep_owner;

GRANT SELECT ON wavekeep.source_artifact TO wavekeep_reader;
