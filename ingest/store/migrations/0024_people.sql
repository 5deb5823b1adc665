-- 0024: people, what they sign in with, their sessions, keys of machines, and who is shut out.
--
-- Why everything is inserted and nothing changed: what a person might do at some time, and who gave them that,
-- is part of every answer to "who saw this patient". What is current is the last version; what has ended has
-- a row that says so. Unique keys decide races: a code, a link, a refresh token is used once because the
-- second insert finds the first one's row.
-- Why two kinds of tables: nouns stay for good (make_append_only). What only holds for minutes or days
-- (attempts, ceremonies, refresh tokens, sessions that are over) would grow without end; those rows may be
-- forgotten by one function of the owner, which cannot reach a row before its time (make_forgettable).
-- Why no secret lies here in the clear: passwords as Argon2id, codes, links and refresh tokens as digests of
-- random bits, seeds of TOTP and secrets of signed requests sealed under a key outside of the database.
-- Why site 0: whoever mistypes their name belongs to no site, and is treated as if there were one.
--   wavekeep_accounts  people and sessions; INSERT and SELECT on the tables below, INSERT on events
--   wavekeep_auditor   reads events and people, and nothing of a patient but codes

DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['wavekeep_accounts', 'wavekeep_auditor'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
        EXECUTE pg_catalog.format(
          'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT',
          wanted);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this server got there first
    END;
  END LOOP;
END
$$;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_accounts, wavekeep_auditor;
GRANT SELECT ON wavekeep.schema_version, wavekeep.incarnation, wavekeep.site
  TO wavekeep_accounts, wavekeep_auditor;

-- For tables whose rows have a time: nobody changes or truncates them, and the owner deletes what is over.
CREATE FUNCTION wavekeep.make_forgettable(target regclass, over text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER unchanging BEFORE UPDATE OR TRUNCATE ON %s
       FOR EACH STATEMENT EXECUTE FUNCTION wavekeep.refuse_change()', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER unchanging', target);
  EXECUTE format('CREATE POLICY owner_sees ON %s FOR SELECT TO wavekeep_owner USING (true)', target);
  EXECUTE format('CREATE POLICY owner_forgets ON %s AS RESTRICTIVE FOR DELETE TO wavekeep_owner USING (%s)',
    target, over);
  EXECUTE format('CREATE POLICY owner_may_forget ON %s FOR DELETE TO wavekeep_owner USING (true)', target);
END
$$;
REVOKE ALL ON FUNCTION wavekeep.make_forgettable(regclass, text) FROM PUBLIC;

-- ---------------------------------------------------------------- people

CREATE TABLE wavekeep.person (
  -- Random: it is in tokens and events, and names nobody.
  person_id uuid PRIMARY KEY,
  site_id int NOT NULL REFERENCES wavekeep.site,
  -- Unique on the whole server: whoever signs in says a name, and no site.
  login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9._@-]{1,64}$'),
  actor text NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (person_id, site_id)
);
CREATE INDEX person_site ON wavekeep.person (site_id);

-- The last change of a person counts. Numbers count per site, so that of two administrators who take each
-- other's role away at once one finds that the other was faster.
CREATE TABLE wavekeep.person_version (
  site_id int NOT NULL,
  change_no bigint NOT NULL CHECK (change_no >= 1),
  person_id uuid NOT NULL,
  display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
  role text NOT NULL CHECK (
    role IN ('technologist', 'clinician', 'researcher', 'auditor', 'admin', 'custodian')),
  is_disabled boolean NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (site_id, change_no),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);
CREATE INDEX person_version_last ON wavekeep.person_version (person_id, change_no DESC);

-- ---------------------------------------------------------------- what they sign in with

-- The last version counts; null: the password was taken away.
CREATE TABLE wavekeep.password_version (
  person_id uuid NOT NULL,
  version int NOT NULL CHECK (version >= 1),
  site_id int NOT NULL,
  -- As `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
  hash text CHECK (hash ~ '^\$argon2id\$'),
  -- In which it was made.
  session_id uuid,
  actor text NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, version),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);

-- Good once a code of it has been shown (totp_confirmation), until it ends (credential_end).
CREATE TABLE wavekeep.totp_seed (
  totp_id uuid PRIMARY KEY,
  person_id uuid NOT NULL,
  site_id int NOT NULL,
  seed_sealed bytea NOT NULL,
  session_id uuid,
  made_at timestamptz NOT NULL,
  UNIQUE (totp_id, site_id),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);
CREATE INDEX totp_seed_person ON wavekeep.totp_seed (person_id);

CREATE TABLE wavekeep.totp_confirmation (
  totp_id uuid PRIMARY KEY,
  site_id int NOT NULL,
  confirmed_at timestamptz NOT NULL,
  FOREIGN KEY (totp_id, site_id) REFERENCES wavekeep.totp_seed (totp_id, site_id)
);

-- A step of 30 s is used once: whoever saw the code over a shoulder comes too late.
CREATE TABLE wavekeep.totp_use (
  totp_id uuid NOT NULL,
  step bigint NOT NULL,
  site_id int NOT NULL,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (totp_id, step),
  FOREIGN KEY (totp_id, site_id) REFERENCES wavekeep.totp_seed (totp_id, site_id)
);

CREATE TABLE wavekeep.passkey (
  passkey_id uuid PRIMARY KEY,
  person_id uuid NOT NULL,
  site_id int NOT NULL,
  -- The authenticator's own name for it.
  credential_id bytea NOT NULL CHECK (octet_length(credential_id) BETWEEN 16 AND 1023),
  -- COSE.
  public_key bytea NOT NULL CHECK (octet_length(public_key) <= 2048),
  -- What the person calls it.
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  counter bigint NOT NULL CHECK (counter >= 0),
  transports text[] NOT NULL DEFAULT '{}',
  aaguid uuid,
  -- May be copied between devices of its owner.
  backup_eligible boolean NOT NULL,
  session_id uuid,
  made_at timestamptz NOT NULL,
  UNIQUE (site_id, credential_id),
  UNIQUE (passkey_id, site_id),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);
CREATE INDEX passkey_person ON wavekeep.passkey (person_id);

CREATE TABLE wavekeep.passkey_use (
  challenge_digest bytea PRIMARY KEY CHECK (octet_length(challenge_digest) = 32),
  passkey_id uuid NOT NULL,
  site_id int NOT NULL,
  -- As the authenticator said; synced ones say 0.
  counter bigint NOT NULL CHECK (counter >= 0),
  session_id uuid,
  used_at timestamptz NOT NULL,
  FOREIGN KEY (passkey_id, site_id) REFERENCES wavekeep.passkey (passkey_id, site_id)
);
-- An authenticator that counts never says a number twice.
CREATE UNIQUE INDEX passkey_use_once ON wavekeep.passkey_use (passkey_id, counter) WHERE counter > 0;
CREATE INDEX passkey_use_last ON wavekeep.passkey_use (passkey_id, used_at DESC);

-- Ten at a time; the last set counts.
CREATE TABLE wavekeep.recovery_code (
  -- Keyed, of 80 random bits.
  code_digest bytea PRIMARY KEY CHECK (octet_length(code_digest) = 32),
  set_id uuid NOT NULL,
  person_id uuid NOT NULL,
  site_id int NOT NULL,
  made_at timestamptz NOT NULL,
  UNIQUE (code_digest, site_id),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);
CREATE INDEX recovery_code_person ON wavekeep.recovery_code (person_id);

CREATE TABLE wavekeep.recovery_use (
  code_digest bytea PRIMARY KEY,
  site_id int NOT NULL,
  used_at timestamptz NOT NULL,
  FOREIGN KEY (code_digest, site_id) REFERENCES wavekeep.recovery_code (code_digest, site_id)
);

-- Of a passkey, a TOTP seed, or a set of recovery codes.
CREATE TABLE wavekeep.credential_end (
  credential_id uuid PRIMARY KEY,
  person_id uuid NOT NULL,
  site_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('passkey', 'totp', 'recovery-codes')),
  reason text NOT NULL CHECK (reason ~ '^[a-z-]{1,32}$'),
  actor text NOT NULL,
  ended_at timestamptz NOT NULL,
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);

-- An invitation or a reset: whoever has the link enrols new credentials, once.
CREATE TABLE wavekeep.sign_in_link (
  link_id uuid PRIMARY KEY,
  link_digest bytea NOT NULL UNIQUE CHECK (octet_length(link_digest) = 32),
  person_id uuid NOT NULL,
  site_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('invitation', 'reset')),
  actor text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
  UNIQUE (link_id, site_id),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);
CREATE INDEX sign_in_link_person ON wavekeep.sign_in_link (person_id);

-- Without a session: it was taken back.
CREATE TABLE wavekeep.link_use (
  link_id uuid PRIMARY KEY,
  site_id int NOT NULL,
  session_id uuid,
  used_at timestamptz NOT NULL,
  FOREIGN KEY (link_id, site_id) REFERENCES wavekeep.sign_in_link (link_id, site_id)
);

-- ---------------------------------------------------------------- sessions

CREATE TABLE wavekeep.sign_in_session (
  session_id uuid PRIMARY KEY,
  person_id uuid NOT NULL,
  site_id int NOT NULL,
  method text NOT NULL CHECK (
    method IN ('passkey', 'totp', 'recovery', 'invitation', 'reset')),
  -- Of which credential, where there is one. After a link it is good for making credentials only, until there
  -- is one that was made in it.
  passkey_id uuid,
  link_id uuid,
  -- What the person recognises it by: browser and system, from closed lists.
  client text NOT NULL CHECK (length(client) <= 64),
  -- Where it is, without its last part.
  address text CHECK (length(address) <= 64),
  -- Keyed digests of the browser's own words and of the whole address.
  client_digest bytea NOT NULL CHECK (octet_length(client_digest) = 32),
  address_digest bytea NOT NULL CHECK (octet_length(address_digest) = 32),
  signed_in_at timestamptz NOT NULL,
  -- The end of it whatever happens.
  expires_at timestamptz NOT NULL CHECK (expires_at > signed_in_at),
  UNIQUE (session_id, site_id),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id)
);
CREATE INDEX sign_in_session_person ON wavekeep.sign_in_session (person_id, signed_in_at);
CREATE INDEX sign_in_session_over ON wavekeep.sign_in_session (expires_at);

-- A person proved again who they are, in a session under way: what asks for a fresh sign-in counts from here.
CREATE TABLE wavekeep.session_proof (
  session_id uuid NOT NULL,
  proof_no int NOT NULL CHECK (proof_no >= 1),
  site_id int NOT NULL,
  method text NOT NULL,
  proved_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, proof_no),
  FOREIGN KEY (session_id, site_id) REFERENCES wavekeep.sign_in_session (session_id, site_id)
);

CREATE TABLE wavekeep.session_end (
  session_id uuid PRIMARY KEY,
  site_id int NOT NULL,
  reason text NOT NULL CHECK (reason ~ '^[a-z-]{1,32}$'),
  actor text NOT NULL,
  ended_at timestamptz NOT NULL,
  FOREIGN KEY (session_id, site_id) REFERENCES wavekeep.sign_in_session (session_id, site_id)
);

-- The last one counts.
CREATE TABLE wavekeep.session_lock (
  session_id uuid NOT NULL,
  lock_no int NOT NULL CHECK (lock_no >= 1),
  site_id int NOT NULL,
  is_locked boolean NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (session_id, lock_no),
  FOREIGN KEY (session_id, site_id) REFERENCES wavekeep.sign_in_session (session_id, site_id)
);

CREATE TABLE wavekeep.refresh_token (
  token_digest bytea PRIMARY KEY CHECK (octet_length(token_digest) = 32),
  session_id uuid NOT NULL,
  site_id int NOT NULL,
  made_at timestamptz NOT NULL,
  -- Nobody was there for so long.
  expires_at timestamptz NOT NULL,
  UNIQUE (token_digest, site_id),
  FOREIGN KEY (session_id, site_id) REFERENCES wavekeep.sign_in_session (session_id, site_id)
);
CREATE INDEX refresh_token_session ON wavekeep.refresh_token (session_id);

-- What its successor is made of, beside the token itself: a lost answer can be given again.
CREATE TABLE wavekeep.refresh_use (
  token_digest bytea PRIMARY KEY,
  site_id int NOT NULL,
  salt bytea NOT NULL CHECK (octet_length(salt) = 32),
  used_at timestamptz NOT NULL,
  FOREIGN KEY (token_digest, site_id) REFERENCES wavekeep.refresh_token (token_digest, site_id)
);

-- ---------------------------------------------------------------- attempts and ceremonies

-- One row before each guess; those without a pass are failures. Site 0 where the name is nobody's.
CREATE TABLE wavekeep.sign_in_attempt (
  attempt_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id int NOT NULL,
  -- Keyed digests of the name that was typed, and of where it was typed.
  account_digest bytea NOT NULL CHECK (octet_length(account_digest) = 32),
  address_digest bytea NOT NULL CHECK (octet_length(address_digest) = 32),
  method text NOT NULL CHECK (method IN ('password', 'totp', 'recovery', 'passkey', 'unlock')),
  at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_account ON wavekeep.sign_in_attempt (account_digest, at);
CREATE INDEX sign_in_attempt_over ON wavekeep.sign_in_attempt (at);

CREATE TABLE wavekeep.attempt_pass (
  attempt_no bigint PRIMARY KEY REFERENCES wavekeep.sign_in_attempt ON DELETE CASCADE,
  site_id int NOT NULL
);

-- Tickets are sealed and given out (ingest/accounts/ticket.ts): a row is written when one is used, so that
-- whoever only asks fills no table. A challenge is answered once.
CREATE TABLE wavekeep.ceremony_use (
  challenge_digest bytea PRIMARY KEY CHECK (octet_length(challenge_digest) = 32),
  site_id int NOT NULL,
  kind text NOT NULL CHECK (kind ~ '^[a-z-]{1,32}$'),
  used_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ceremony_use_over ON wavekeep.ceremony_use (expires_at);

-- Each guess at a ticket's second factor takes a number, and there are five.
CREATE TABLE wavekeep.ceremony_try (
  challenge_digest bytea NOT NULL,
  try_no smallint NOT NULL CHECK (try_no BETWEEN 1 AND 5),
  site_id int NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (challenge_digest, try_no)
);
CREATE INDEX ceremony_try_over ON wavekeep.ceremony_try (at);

-- ---------------------------------------------------------------- machines

-- The id is public: it stands in the key's text, in signed requests, in events and in lists.
CREATE TABLE wavekeep.api_key (
  api_key_id uuid PRIMARY KEY,
  site_id int NOT NULL REFERENCES wavekeep.site,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  -- How it is shown: as a bearer token, or by signing requests (RFC 9421).
  kind text NOT NULL CHECK (kind IN ('bearer', 'hmac-sha256')),
  -- SHA-256 of the whole text, which has 256 random bits.
  secret_digest bytea CHECK (octet_length(secret_digest) = 32),
  -- What signatures are checked with.
  sealed_secret bytea,
  role text NOT NULL CHECK (role ~ '^[a-z-]{1,32}$'),
  -- Actions; one has to be the role's and in here.
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 64),
  actor text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
  UNIQUE (api_key_id, site_id),
  CHECK ((kind = 'bearer') = (secret_digest IS NOT NULL)),
  CHECK ((kind = 'hmac-sha256') = (sealed_secret IS NOT NULL))
);
CREATE INDEX api_key_site ON wavekeep.api_key (site_id);

CREATE TABLE wavekeep.api_key_end (
  api_key_id uuid PRIMARY KEY,
  site_id int NOT NULL,
  reason text CHECK (length(reason) <= 200),
  actor text NOT NULL,
  ended_at timestamptz NOT NULL,
  FOREIGN KEY (api_key_id, site_id) REFERENCES wavekeep.api_key (api_key_id, site_id)
);

-- A signed request is taken once; its signature is too old by the time this is forgotten.
CREATE TABLE wavekeep.signature_nonce (
  api_key_id uuid NOT NULL,
  nonce bytea NOT NULL CHECK (octet_length(nonce) = 32),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (api_key_id, nonce)
);
CREATE INDEX signature_nonce_over ON wavekeep.signature_nonce (expires_at);

-- ---------------------------------------------------------------- who is shut out

-- Numbers are given in the order of commits (see number_revocation), so that whoever has seen one has seen
-- all below.
CREATE TABLE wavekeep.revocation (
  revocation_no bigint PRIMARY KEY,
  site_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('person', 'session', 'api-key', 'token')),
  subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 128),
  -- Seconds since 1970: what was issued before is not good any more.
  not_before bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revocation_at ON wavekeep.revocation (at);
CREATE INDEX revocation_subject ON wavekeep.revocation (subject);
CREATE SEQUENCE wavekeep.revocation_number;

CREATE FUNCTION wavekeep.number_revocation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Held until the commit: the next one waits for its number.
  PERFORM pg_advisory_xact_lock(hashtextextended('wavekeep.revocation', 0));
  NEW.revocation_no := nextval('wavekeep.revocation_number');
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION wavekeep.number_revocation() FROM PUBLIC;
CREATE TRIGGER numbered BEFORE INSERT ON wavekeep.revocation
  FOR EACH ROW EXECUTE FUNCTION wavekeep.number_revocation();

-- ---------------------------------------------------------------- emergencies

-- Somebody looks at a patient whose data they are kept from, and says why.
CREATE TABLE wavekeep.break_glass (
  break_glass_id uuid PRIMARY KEY,
  person_id uuid NOT NULL,
  session_id uuid NOT NULL,
  site_id int NOT NULL,
  patient_uuid uuid NOT NULL,
  -- Under the patient's key: an erasure takes it along.
  reason_sealed bytea NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > opened_at),
  FOREIGN KEY (person_id, site_id) REFERENCES wavekeep.person (person_id, site_id),
  FOREIGN KEY (patient_uuid, site_id) REFERENCES wavekeep.patient (patient_uuid, site_id)
);
CREATE INDEX break_glass_open ON wavekeep.break_glass (site_id, person_id, patient_uuid, expires_at);

-- ---------------------------------------------------------------- rules

SELECT wavekeep.isolate_sites(noun)
FROM unnest(ARRAY[
  'wavekeep.person', 'wavekeep.person_version', 'wavekeep.password_version', 'wavekeep.totp_seed',
  'wavekeep.totp_confirmation', 'wavekeep.totp_use', 'wavekeep.passkey', 'wavekeep.passkey_use',
  'wavekeep.recovery_code', 'wavekeep.recovery_use', 'wavekeep.credential_end', 'wavekeep.sign_in_link',
  'wavekeep.link_use', 'wavekeep.sign_in_session', 'wavekeep.session_proof', 'wavekeep.session_end',
  'wavekeep.session_lock', 'wavekeep.refresh_token', 'wavekeep.refresh_use', 'wavekeep.sign_in_attempt',
  'wavekeep.attempt_pass', 'wavekeep.ceremony_use', 'wavekeep.ceremony_try', 'wavekeep.api_key',
  'wavekeep.api_key_end', 'wavekeep.revocation', 'wavekeep.break_glass'
]::regclass[]) AS noun;

SELECT wavekeep.make_append_only(noun)
FROM unnest(ARRAY[
  'wavekeep.person', 'wavekeep.person_version', 'wavekeep.password_version', 'wavekeep.totp_seed',
  'wavekeep.totp_confirmation', 'wavekeep.passkey', 'wavekeep.passkey_use', 'wavekeep.recovery_code',
  'wavekeep.recovery_use', 'wavekeep.credential_end', 'wavekeep.sign_in_link', 'wavekeep.link_use',
  'wavekeep.api_key', 'wavekeep.api_key_end', 'wavekeep.break_glass'
]::regclass[]) AS noun;

-- Ninety days of sessions: where somebody signed in before is where they are not locked out.
SELECT wavekeep.make_forgettable(noun::regclass, over)
FROM (VALUES
  ('wavekeep.totp_use', $$used_at < clock_timestamp() - interval '1 day'$$),
  ('wavekeep.sign_in_session', $$expires_at < clock_timestamp() - interval '90 days'$$),
  ('wavekeep.session_proof', $$proved_at < clock_timestamp() - interval '90 days'$$),
  ('wavekeep.session_end', $$ended_at < clock_timestamp() - interval '90 days'$$),
  ('wavekeep.session_lock', $$at < clock_timestamp() - interval '90 days'$$),
  ('wavekeep.refresh_token', $$expires_at < clock_timestamp() - interval '7 days'$$),
  ('wavekeep.refresh_use', $$used_at < clock_timestamp() - interval '7 days'$$),
  ('wavekeep.sign_in_attempt', $$at < clock_timestamp() - interval '7 days'$$),
  ('wavekeep.attempt_pass', 'true'),
  ('wavekeep.ceremony_use', $$expires_at < clock_timestamp() - interval '1 day'$$),
  ('wavekeep.ceremony_try', $$at < clock_timestamp() - interval '1 day'$$),
  ('wavekeep.revocation', $$at < clock_timestamp() - interval '90 days' AND kind IN ('person', 'session')$$)
) AS rows (noun, over);

-- Of no site: nobody but the two functions below comes near it.
ALTER TABLE wavekeep.signature_nonce ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_uses ON wavekeep.signature_nonce FOR INSERT TO wavekeep_owner WITH CHECK (true);
SELECT wavekeep.make_forgettable('wavekeep.signature_nonce',
  $$expires_at < clock_timestamp() - interval '1 hour'$$);

-- Look-ups by whoever does not know the site yet.
CREATE POLICY owner_looks_up ON wavekeep.person FOR SELECT TO wavekeep_owner USING (true);
CREATE POLICY owner_looks_up ON wavekeep.api_key FOR SELECT TO wavekeep_owner USING (true);
CREATE POLICY owner_looks_up ON wavekeep.api_key_end FOR SELECT TO wavekeep_owner USING (true);

-- ---------------------------------------------------------------- functions

CREATE FUNCTION wavekeep.find_login(of_login text, OUT person_id uuid, OUT site_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.person_id, p.site_id FROM wavekeep.person p WHERE p.login = of_login
$$;

-- Whatever became of it: who asks decides.
CREATE FUNCTION wavekeep.find_api_key(of_key uuid)
RETURNS TABLE (
  site_id int, kind text, secret_digest bytea, sealed_secret bytea, role text, scopes text[],
  expires_at timestamptz, ended boolean
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.site_id, k.kind, k.secret_digest, k.sealed_secret, k.role, k.scopes, k.expires_at,
      e.api_key_id IS NOT NULL
    FROM wavekeep.api_key k LEFT JOIN wavekeep.api_key_end e USING (api_key_id)
    WHERE k.api_key_id = of_key
$$;

-- True for whoever comes first with it.
CREATE FUNCTION wavekeep.use_signature_nonce(of_key uuid, of_nonce bytea, until timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO wavekeep.signature_nonce (api_key_id, nonce, expires_at)
    VALUES (of_key, of_nonce, until) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

-- All sites, because one process serves all. People's tokens live for minutes: what lies back longer than
-- that is of no use. Tokens of machines live as long as an operator said, and keys until they end.
CREATE FUNCTION wavekeep.revocations_since(of_no bigint)
RETURNS TABLE (
  revocation_no bigint, site_id int, kind text, subject text, not_before bigint, at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.revocation_no, r.site_id, r.kind, r.subject, r.not_before, r.at
    FROM wavekeep.revocation r
    WHERE r.revocation_no > of_no
      AND (r.at > clock_timestamp() - interval '15 minutes' OR r.kind IN ('token', 'api-key'))
    ORDER BY r.revocation_no
$$;

-- Rows whose time is over, of all sites; how many went. The policies decide what may go.
CREATE FUNCTION wavekeep.forget_expired_sign_in() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  forgotten bigint := 0;
  gone bigint;
  target text;
BEGIN
  -- Of no site, for the policies that ask; to the end of the transaction.
  PERFORM set_config('app.site', '0', true);
  -- Those that hang on others first.
  FOREACH target IN ARRAY ARRAY[
    'totp_use', 'refresh_use', 'refresh_token', 'session_lock', 'session_proof', 'session_end',
    'sign_in_session', 'sign_in_attempt', 'ceremony_try', 'ceremony_use', 'signature_nonce', 'revocation'
  ] LOOP
    BEGIN
      EXECUTE format('DELETE FROM wavekeep.%I', target);
      GET DIAGNOSTICS gone = ROW_COUNT;
      forgotten := forgotten + gone;
    EXCEPTION WHEN foreign_key_violation THEN
      NULL; -- something hangs on it still: the next time
    END;
  END LOOP;
  RETURN forgotten;
END
$$;

REVOKE ALL ON FUNCTION wavekeep.find_login(text), wavekeep.find_api_key(uuid),
  wavekeep.use_signature_nonce(uuid, bytea, timestamptz), wavekeep.revocations_since(bigint),
  wavekeep.forget_expired_sign_in()
FROM PUBLIC;

-- ---------------------------------------------------------------- grants

GRANT EXECUTE ON FUNCTION wavekeep.find_login(text), wavekeep.forget_expired_sign_in()
  TO wavekeep_accounts;
GRANT EXECUTE ON FUNCTION wavekeep.find_api_key(uuid),
  wavekeep.use_signature_nonce(uuid, bytea, timestamptz), wavekeep.revocations_since(bigint)
  TO wavekeep_accounts, wavekeep_writer, wavekeep_audit;

GRANT INSERT, SELECT ON
  wavekeep.person, wavekeep.person_version, wavekeep.password_version, wavekeep.totp_seed,
  wavekeep.totp_confirmation, wavekeep.totp_use, wavekeep.passkey, wavekeep.passkey_use, wavekeep.recovery_code,
  wavekeep.recovery_use, wavekeep.credential_end, wavekeep.sign_in_link, wavekeep.link_use,
  wavekeep.sign_in_session, wavekeep.session_proof, wavekeep.session_end, wavekeep.session_lock,
  wavekeep.refresh_token, wavekeep.refresh_use, wavekeep.sign_in_attempt, wavekeep.attempt_pass,
  wavekeep.ceremony_use, wavekeep.ceremony_try, wavekeep.api_key, wavekeep.api_key_end, wavekeep.break_glass
TO wavekeep_accounts;
GRANT SELECT ON wavekeep.revocation TO wavekeep_accounts;
-- Number and time are the server's.
GRANT INSERT (site_id, kind, subject, not_before) ON wavekeep.revocation TO wavekeep_accounts;
-- A code, to a patient.
GRANT SELECT ON wavekeep.patient TO wavekeep_accounts;
GRANT INSERT (site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence, chunk_digest,
  stored_digest, detail, leaf_entry, leaf_content, leaf_salt)
  ON wavekeep.event TO wavekeep_accounts;

-- Whether somebody may look at a restricted patient now; never why.
GRANT SELECT (break_glass_id, person_id, session_id, site_id, patient_uuid, opened_at, expires_at)
  ON wavekeep.break_glass TO wavekeep_reader;

GRANT SELECT ON wavekeep.person, wavekeep.person_version, wavekeep.patient, wavekeep.break_glass
  TO wavekeep_auditor;
GRANT SELECT (event_id, at, site_id, kind, actor, request_id, recording_id, segment_no, stream_no, sequence,
  detail) ON wavekeep.event TO wavekeep_auditor;
