-- 0009: what readers made of marks.
--
-- Why a table of its own and not another version of the mark: a review must never alter what it is about,
-- and two readers who judge the same mark must not stand in each other's way. Every statement is a row;
-- the newest of a reader counts, and one without a verdict takes back. Decision 0021.
-- Why verdict and reader are sealed: whether a seizure was one is health data, and which reader said so
-- is nobody's business who has no key. Which mark it is about is in the clear, as the mark's id is.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.annotation_review (
  recording_id uuid NOT NULL,
  review_id bytea NOT NULL CHECK (octet_length(review_id) = 16),
  -- The order of statements; clocks may stand still.
  review_number bigint GENERATED ALWAYS AS IDENTITY,
  site_id int NOT NULL,
  annotation_id bytea NOT NULL,
  annotation_version int NOT NULL,
  author_role text NOT NULL CHECK (author_role ~ '^[a-z-]{1,32}$'),
  -- JSON: verdict, author.
  body_sealed bytea NOT NULL,
  content_digest bytea NOT NULL CHECK (octet_length(content_digest) = 32),
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (recording_id, review_id),
  FOREIGN KEY (recording_id, annotation_id, annotation_version)
    REFERENCES wavekeep.annotation (recording_id, annotation_id, version),
  FOREIGN KEY (recording_id, site_id) REFERENCES wavekeep.recording (recording_id, site_id)
);

SELECT wavekeep.make_append_only('wavekeep.annotation_review'),
  wavekeep.isolate_sites('wavekeep.annotation_review');

-- The number is the server's: no column grant, so no role can forge the order.
GRANT INSERT (
  recording_id, review_id, site_id, annotation_id, annotation_version, author_role, body_sealed,
  content_digest
) ON wavekeep.annotation_review TO wavekeep_writer;
GRANT SELECT (
  recording_id, review_id, review_number, site_id, annotation_id, annotation_version, author_role,
  content_digest, received_at
) ON wavekeep.annotation_review TO wavekeep_writer;
GRANT SELECT ON wavekeep.annotation_review TO wavekeep_reader;
