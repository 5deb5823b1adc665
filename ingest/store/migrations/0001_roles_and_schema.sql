-- 0001: roles, schema, and the two tools every append-only table is made with.
--
-- Why roles: append-only is a property of who may do what, not a promise of the code. No service owns
-- anything; the owner cannot log in and is only stepped into by migrations.
--   wavekeep_owner   owns every object; NOLOGIN; migrations and partitions
--   wavekeep_writer  ingest: INSERT, and SELECT on keys, digests and receipts, never on a body
--   wavekeep_reader  query: SELECT on the nouns
--   wavekeep_audit   query: INSERT on the event table, nothing else
-- Roles belong to the whole server, so they may exist already; two databases may be migrated at once.
--
-- Why triggers beside grants: they also stop the owner and a superuser, and ENABLE ALWAYS keeps them
-- firing under session_replication_role = replica. Whoever may DISABLE a trigger can still get past:
-- only the transparency log shows that.

DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('wavekeep_owner', 'NOLOGIN'),
      ('wavekeep_writer', 'LOGIN'),
      ('wavekeep_reader', 'LOGIN'),
      ('wavekeep_audit', 'LOGIN')
    ) AS role (name, login)
  LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
        EXECUTE pg_catalog.format(
          'CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT',
          wanted.name, wanted.login);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this server got there first
    END;
  END LOOP;
  -- On a managed server the migrating login is no superuser: it has to be able to become the owner.
  IF NOT pg_catalog.pg_has_role(current_user, 'wavekeep_owner', 'MEMBER') THEN
    EXECUTE pg_catalog.format('GRANT wavekeep_owner TO %I', current_user);
  END IF;
END
$$;

CREATE SCHEMA IF NOT EXISTS wavekeep AUTHORIZATION wavekeep_owner;

SET LOCAL ROLE wavekeep_owner;

GRANT USAGE ON SCHEMA wavekeep TO wavekeep_writer, wavekeep_reader, wavekeep_audit;

CREATE TABLE wavekeep.schema_version (
  version int PRIMARY KEY,
  name text NOT NULL,
  -- SHA-256 of the migration's text: a migration that changed after it ran is refused.
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION wavekeep.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'Cannot % %.%: table is append-only',
    lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION wavekeep.refuse_change() FROM PUBLIC;

-- Refuses UPDATE, DELETE and TRUNCATE on one table or one partition. Statement triggers, so that an
-- attempt which would touch no row fails too; they do not pass from a parent to its partitions.
CREATE FUNCTION wavekeep.make_append_only(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
       FOR EACH STATEMENT EXECUTE FUNCTION wavekeep.refuse_change()', target);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', target);
END
$$;
REVOKE ALL ON FUNCTION wavekeep.make_append_only(regclass) FROM PUBLIC;

-- Shows rows of one site only: the site of the transaction. Where none was set the cast or the look-up
-- fails, so a forgotten set_config is an error and never an empty answer.
CREATE FUNCTION wavekeep.isolate_sites(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
  EXECUTE format(
    'CREATE POLICY own_site ON %s
       USING (site_id = current_setting(''app.site'')::int)
       WITH CHECK (site_id = current_setting(''app.site'')::int)', target);
END
$$;
REVOKE ALL ON FUNCTION wavekeep.isolate_sites(regclass) FROM PUBLIC;

-- Raised by an operator after a restore from backup, so that devices resend what older receipts cover.
CREATE TABLE wavekeep.incarnation (
  incarnation int PRIMARY KEY CHECK (incarnation >= 1),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO wavekeep.incarnation (incarnation) VALUES (1);

SELECT wavekeep.make_append_only('wavekeep.schema_version'), wavekeep.make_append_only('wavekeep.incarnation');

GRANT SELECT ON wavekeep.schema_version, wavekeep.incarnation TO wavekeep_writer, wavekeep_reader;
