-- 0014: devices with keys: one-time codes, keys, revocations.
--
-- Why codes are hashed: whoever reads the table enrols nothing with it. A code has 100 random bits, so a
-- plain hash cannot be guessed. Why single use is a unique constraint: of two devices that post one code at
-- once, one is stored and the other finds it.
-- Why a revocation is a row of its own: nothing is changed, and what a key signed before stays good.
-- chunk.key_id is the key of the signature that a chunk carries itself; null in an unsigned segment, and
-- for chunks of a run, which a later chunk's signature covers (core/chunk/FORMAT.md, "Signatures").

SET LOCAL ROLE wavekeep_owner;

CREATE TABLE wavekeep.enrolment_code (
  code_digest bytea PRIMARY KEY CHECK (octet_length(code_digest) = 32),
  site_id int NOT NULL REFERENCES wavekeep.site,
  device_id text NOT NULL CHECK (device_id ~ '^[A-Za-z0-9._-]{1,64}$'),
  actor text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
  UNIQUE (code_digest, site_id)
);

CREATE TABLE wavekeep.device_key (
  site_id int NOT NULL REFERENCES wavekeep.site,
  -- H(public key).
  key_id bytea NOT NULL CHECK (octet_length(key_id) = 32),
  device_id text NOT NULL CHECK (device_id ~ '^[A-Za-z0-9._-]{1,64}$'),
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  -- Single use.
  code_digest bytea NOT NULL UNIQUE,
  -- Signature of the enrolment under the key itself.
  proof bytea NOT NULL CHECK (octet_length(proof) = 64),
  enrolled_at timestamptz NOT NULL,
  PRIMARY KEY (site_id, key_id),
  FOREIGN KEY (code_digest, site_id) REFERENCES wavekeep.enrolment_code (code_digest, site_id)
);

CREATE TABLE wavekeep.device_key_revocation (
  site_id int NOT NULL,
  key_id bytea NOT NULL,
  reason text NOT NULL CHECK (length(reason) <= 200),
  actor text NOT NULL,
  revoked_at timestamptz NOT NULL,
  PRIMARY KEY (site_id, key_id),
  FOREIGN KEY (site_id, key_id) REFERENCES wavekeep.device_key (site_id, key_id)
);

-- 0 none, 1 chunk, 2 run; as in the segment's record, which is sealed.
-- NOT VALID: no segment has a key yet, and looking for one is refused where no site is set.
ALTER TABLE wavekeep.segment
  ADD COLUMN signature_policy smallint NOT NULL DEFAULT 0 CHECK (signature_policy BETWEEN 0 AND 2),
  ADD CONSTRAINT segment_key FOREIGN KEY (site_id, key_id)
    REFERENCES wavekeep.device_key (site_id, key_id) NOT VALID,
  ADD CONSTRAINT segment_signed CHECK (
    (signature_policy = 0) = (key_id IS NULL) AND (key_id IS NULL) = (signature IS NULL));

SELECT wavekeep.make_append_only(noun), wavekeep.isolate_sites(noun)
FROM unnest(ARRAY[
  'wavekeep.enrolment_code', 'wavekeep.device_key', 'wavekeep.device_key_revocation'
]::regclass[]) AS noun;

GRANT INSERT, SELECT ON wavekeep.enrolment_code, wavekeep.device_key, wavekeep.device_key_revocation
TO wavekeep_writer;
GRANT SELECT (signature_policy) ON wavekeep.segment TO wavekeep_writer;
-- Who checks a recording needs the keys; codes are nobody's business.
GRANT SELECT ON wavekeep.device_key, wavekeep.device_key_revocation TO wavekeep_reader;
