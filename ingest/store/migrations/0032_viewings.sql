-- 0032: the review ledger: what readers had on screen, when, and in which way.
--
-- Why beside the events of accesses: those say what the service gave, also ahead of a page that was never
-- turned to; this says what was painted and could be seen for a second at least, at which montage and scale, and
-- how far it was behind the live edge (decision 0051).
-- Why in the clear: it holds nothing of what was recorded, and auditors, who have no keys, read it. It stays when
-- a patient is erased, as events do.
-- Why readers get names of people: whoever reads a ledger has to know whose it is.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.viewing (
  recording_id uuid NOT NULL,
  -- The page's own: what it sends twice is stored once.
  viewing_id bytea NOT NULL CHECK (octet_length(viewing_id) = 16),
  site_id int NOT NULL,
  actor text NOT NULL,
  role text NOT NULL CHECK (role ~ '^[a-z-]{1,32}$'),
  session_id uuid,
  -- Of the event whose leaf covers it.
  request_id text NOT NULL,
  -- By the server's clock, as far as the request says how long ago it was.
  shown_at timestamptz NOT NULL,
  shown_ms int NOT NULL CHECK (shown_ms > 0),
  -- Of the recording, half open.
  start_ms bigint NOT NULL CHECK (start_ms >= 0),
  end_ms bigint NOT NULL CHECK (end_ms > start_ms),
  -- Null: nothing more was to come.
  live_lag_ms bigint CHECK (live_lag_ms >= 0),
  -- Montage, scale, filters, rows.
  display jsonb NOT NULL,
  content_digest bytea NOT NULL CHECK (octet_length(content_digest) = 32),
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (recording_id, viewing_id),
  FOREIGN KEY (recording_id, site_id) REFERENCES wavekeep.recording (recording_id, site_id)
);
CREATE INDEX viewing_newest ON wavekeep.viewing (recording_id, shown_at, viewing_id);

SELECT wavekeep.make_append_only('wavekeep.viewing'), wavekeep.isolate_sites('wavekeep.viewing');

GRANT INSERT (
  recording_id, viewing_id, site_id, actor, role, session_id, request_id, shown_at, shown_ms, start_ms, end_ms,
  live_lag_ms, display, content_digest
) ON wavekeep.viewing TO wavekeep_writer;
GRANT SELECT (recording_id, viewing_id, site_id, content_digest) ON wavekeep.viewing TO wavekeep_writer;
GRANT SELECT ON wavekeep.viewing TO wavekeep_reader;
GRANT SELECT (person_id, site_id, login) ON wavekeep.person TO wavekeep_reader;
GRANT SELECT (person_id, site_id, change_no, display_name) ON wavekeep.person_version TO wavekeep_reader;
