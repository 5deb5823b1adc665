-- 0004: the event table: ingestion log, audit trail and outbox in one row.
--
-- Why one row: it is written in the same transaction as what it tells of, so there is never a chunk
-- without its event or an event without its chunk, and it costs one insert instead of three.
-- Why xid: the sequencer of the transparency log reads by (xid, event_id) below the oldest open
-- transaction, or a late commit would slip behind the numbers already taken.
-- detail never holds patient identity, annotation text or sample values.

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  site_id int NOT NULL,
  kind text NOT NULL CHECK (kind ~ '^[a-z][a-z.-]{0,63}$'),
  -- Subject of the credential, or the name of the service.
  actor text NOT NULL,
  request_id text,
  recording_id uuid,
  segment_no int,
  stream_no int,
  sequence int,
  chunk_digest bytea,
  stored_digest bytea,
  leaf_salt bytea,
  leaf_hash bytea,
  detail jsonb
);
-- Rows come in the order of time: a few kilobytes find a day in millions.
CREATE INDEX event_at ON wavekeep.event USING brin (at);

SELECT wavekeep.make_append_only('wavekeep.event'), wavekeep.isolate_sites('wavekeep.event');

-- Number, transaction and time are the server's: no column grant, so no role can forge them.
GRANT INSERT (
  site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence, chunk_digest,
  stored_digest, leaf_salt, leaf_hash, detail
) ON wavekeep.event TO wavekeep_writer, wavekeep_audit;
