-- 0006: an index for the look-up that opens a recording.
--
-- Why: a repeated or contradicting opening is recognised by its idempotency key. Without an index every
-- opening read all recordings of all sites.
-- Why not unique: a key that comes again with the same codes is a repeat and no violation, and the look-up
-- is what tells the two apart. site_id comes first, because row-level security asks for it.

SET LOCAL ROLE wavekeep_owner;

CREATE INDEX recording_idempotency_key ON wavekeep.recording (site_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
