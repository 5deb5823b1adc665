-- 0013: scrub: what is stored is read again and checked, over and over.
--
-- Why a role of its own: it reads everything, sealed bodies included, and may write down what it found and
-- how far it is, and nothing else: whoever checks must not be able to make fit what does not.
--   wavekeep_scrubber  SELECT on what is stored; INSERT on events and findings; its own place and figures
-- Why a row for each stream: a pass over an archive takes weeks and shall go on where it stood; streams
-- that nobody has looked at come first, then those looked at longest ago. The row -1/-1 of a recording is
-- everything of it that is no chunk.
-- Why findings beside events: a damaged row is found again with every pass, and is told once. No finding
-- names a patient, holds a text or a sample: what it is, where it stands, which check failed.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wavekeep_scrubber') THEN
    CREATE ROLE wavekeep_scrubber LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
      NOINHERIT;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- another database of this server got there first
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_scrubber;

CREATE TABLE wavekeep.scrub (
  recording_id uuid NOT NULL,
  segment_no int NOT NULL CHECK (segment_no >= -1),
  stream_no int NOT NULL CHECK (stream_no BETWEEN -1 AND 65535),
  site_id int NOT NULL,
  -- Passes that were finished.
  pass_count int NOT NULL CHECK (pass_count >= 0),
  -- When the last finished pass began: what was stored by then has been checked since.
  verified_at timestamptz,
  -- The pass under way: when it began, and where it stands.
  started_at timestamptz,
  next_sequence bigint NOT NULL DEFAULT 0 CHECK (next_sequence >= 0),
  -- Rows checked, and findings, of all passes.
  checked_count bigint NOT NULL DEFAULT 0 CHECK (checked_count >= 0),
  finding_count bigint NOT NULL DEFAULT 0 CHECK (finding_count >= 0),
  PRIMARY KEY (recording_id, segment_no, stream_no)
) WITH (fillfactor = 70);

CREATE TABLE wavekeep.scrub_finding (
  site_id int NOT NULL,
  recording_id uuid NOT NULL,
  -- chunk, segment, descriptor, parameter-set, annotation, review, source, data-key, start.
  thing text NOT NULL CHECK (thing ~ '^[a-z-]{1,32}$'),
  -- Row key inside the recording, as text: 0/0/41 for a chunk.
  place text NOT NULL CHECK (octet_length(place) <= 100),
  failed text NOT NULL CHECK (failed ~ '^[a-z-]{1,32}$'),
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (recording_id, thing, place, failed)
);

-- How it goes, for whoever watches: a row for each site.
CREATE TABLE wavekeep.scrub_figure (
  site_id int PRIMARY KEY,
  -- When the place that was checked longest ago was checked, or was opened if it never was.
  oldest_at timestamptz,
  unchecked_count int NOT NULL CHECK (unchecked_count >= 0),
  chunks_per_second real NOT NULL CHECK (chunks_per_second >= 0),
  checked_count bigint NOT NULL CHECK (checked_count >= 0),
  finding_count bigint NOT NULL CHECK (finding_count >= 0),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

SELECT wavekeep.isolate_sites('wavekeep.scrub'), wavekeep.isolate_sites('wavekeep.scrub_finding'),
  wavekeep.isolate_sites('wavekeep.scrub_figure'),
  wavekeep.make_append_only('wavekeep.scrub_finding');

GRANT SELECT ON
  wavekeep.schema_version, wavekeep.incarnation, wavekeep.site, wavekeep.patient, wavekeep.recording,
  wavekeep.segment, wavekeep.stream, wavekeep.parameter_set, wavekeep.annotation,
  wavekeep.annotation_review, wavekeep.source_artifact, wavekeep.chunk
TO wavekeep_scrubber;
GRANT INSERT (site_id, kind, actor, recording_id, segment_no, stream_no, sequence, detail)
  ON wavekeep.event TO wavekeep_scrubber;
GRANT SELECT, INSERT, UPDATE ON wavekeep.scrub, wavekeep.scrub_figure TO wavekeep_scrubber;
GRANT SELECT, INSERT ON wavekeep.scrub_finding TO wavekeep_scrubber;
GRANT EXECUTE ON FUNCTION wavekeep.site_numbers() TO wavekeep_scrubber;

-- The figures of all sites together, and nothing else of any: for readiness, which speaks for no site.
CREATE POLICY owner_sums ON wavekeep.scrub_figure FOR SELECT TO wavekeep_owner USING (true);
CREATE FUNCTION wavekeep.scrub_figures(
  OUT oldest_at timestamptz, OUT unchecked_count bigint, OUT chunks_per_second real,
  OUT checked_count bigint, OUT finding_count bigint, OUT updated_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT min(oldest_at), coalesce(sum(unchecked_count), 0)::bigint, sum(chunks_per_second)::real,
      coalesce(sum(checked_count), 0)::bigint, coalesce(sum(finding_count), 0)::bigint,
      max(updated_at)
    FROM wavekeep.scrub_figure
$$;
REVOKE ALL ON FUNCTION wavekeep.scrub_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wavekeep.scrub_figures() TO wavekeep_scrubber, wavekeep_reader;
