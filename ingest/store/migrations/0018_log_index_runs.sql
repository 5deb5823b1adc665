-- 0018: the log's index finds every chunk again that came in another order than the one before it.
--
-- Why: until the sequencer made runs without steps (INSERT_INDEX of ingest/log), two runs of one stream that
-- were equally far from their place in the log were one row, although others lay between them. Chunks of the
-- second run were in the log, and nobody found them there: "no leaf", to whoever asked for their proof.
-- Why here and not in the sequencer: the index may not change, by anybody; what is made of it anew follows
-- from the outbox and the log's size alone, once, and signs nothing. Tiles and checkpoints are not touched.
-- Where the outbox does not have as many leaves as the log, somebody has taken rows away: then nothing is
-- made anew, because places could not be told; `deno task verify --database` names what is missing.

SET LOCAL ROLE wavekeep_owner;

LOCK TABLE wavekeep.log_head, wavekeep.log_index IN EXCLUSIVE MODE;
-- For as long as this takes: the owner counts leaves of all sites, and one table may be mended.
ALTER TABLE wavekeep.event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE wavekeep.log_index DISABLE TRIGGER append_only;

DO $$
DECLARE
  head record;
  leaf_count bigint;
  lost uuid[];
BEGIN
  FOR head IN SELECT log_no, size, cursor_xid, cursor_event_id FROM wavekeep.log_head LOOP
    SELECT count(*) INTO leaf_count FROM wavekeep.event
      WHERE leaf_entry IS NOT NULL
        AND (xid, event_id) <= (head.cursor_xid, head.cursor_event_id);
    IF leaf_count <> head.size - 1 THEN
      RAISE WARNING 'log % has % leaves and the outbox has %: its index is left as it is',
        head.log_no, head.size - 1, leaf_count;
      CONTINUE;
    END IF;
    -- As a reader looks a chunk up: the run that begins last, at it or before it.
    SELECT array_agg(DISTINCT leaf.recording_id) INTO lost
      FROM (
        SELECT recording_id, segment_no, stream_no, sequence, kind,
            row_number() OVER (ORDER BY xid, event_id) AS leaf_index
          FROM wavekeep.event
          WHERE leaf_entry IS NOT NULL
            AND (xid, event_id) <= (head.cursor_xid, head.cursor_event_id)
      ) leaf LEFT JOIN LATERAL (
        SELECT i.first_index, i.first_sequence, i.leaf_count FROM wavekeep.log_index i
          WHERE i.log_no = head.log_no AND i.recording_id = leaf.recording_id
            AND i.segment_no = leaf.segment_no AND i.stream_no = leaf.stream_no
            AND i.first_sequence <= leaf.sequence
          ORDER BY i.first_sequence DESC LIMIT 1
      ) run ON leaf.sequence < run.first_sequence + run.leaf_count
      WHERE leaf.kind = 'chunk.stored'
        AND run.first_index + leaf.sequence - run.first_sequence IS DISTINCT FROM leaf.leaf_index;
    IF lost IS NULL THEN
      CONTINUE;
    END IF;
    DELETE FROM wavekeep.log_index
      WHERE log_no = head.log_no AND recording_id = ANY (lost) AND first_sequence IS NOT NULL;
    INSERT INTO wavekeep.log_index
      (log_no, first_index, leaf_count, recording_id, segment_no, stream_no, first_sequence)
      SELECT head.log_no, min(leaf_index), count(*), recording_id, segment_no, stream_no, min(sequence)
        FROM (
          SELECT leaf.*, sequence - row_number() OVER (
              PARTITION BY recording_id, segment_no, stream_no, leaf_index - sequence
              ORDER BY sequence) AS island
            FROM (
              SELECT recording_id, segment_no, stream_no, sequence, kind,
                  row_number() OVER (ORDER BY xid, event_id) AS leaf_index
                FROM wavekeep.event
                WHERE leaf_entry IS NOT NULL
                  AND (xid, event_id) <= (head.cursor_xid, head.cursor_event_id)
            ) leaf
            WHERE kind = 'chunk.stored' AND recording_id = ANY (lost)
        ) placed
        GROUP BY recording_id, segment_no, stream_no, leaf_index - sequence, island
        ORDER BY min(leaf_index);
    RAISE NOTICE 'log %: the index of % recordings was made anew', head.log_no, cardinality(lost);
  END LOOP;
END
$$;

ALTER TABLE wavekeep.log_index ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE wavekeep.event FORCE ROW LEVEL SECURITY;
