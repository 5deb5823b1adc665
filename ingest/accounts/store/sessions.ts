/**
 * Sessions of people, and the chain of refresh tokens that keeps each of them going.
 *
 * A session has one chain: each token is used once and followed by one other. What a use leaves behind (a
 * salt) makes the same successor again, so that a lost answer can be given a second time; it is of no use to
 * whoever reads the database, since the token itself and a key of the service go into it as well.
 *
 * @module
 */

import { prepared } from "@wavekeep/core/service";
import type { SiteTx } from "./accounts_store.ts";
import { instant, msOf } from "./instants.ts";
import type { Person } from "./people.ts";

/** How a session began. */
export type SignInMethod = "passkey" | "totp" | "recovery" | "invitation" | "reset";

/** From where and with what somebody asks. */
export interface ClientFacts {
  /** Browser and system, from closed lists. */
  readonly label: string;
  /** The address without its last part; undefined where there is none. */
  readonly from: string | undefined;
  /** Keyed digest of the browser's own words, 32 bytes. */
  readonly clientDigest: Uint8Array;
  /** Keyed digest of the whole address, 32 bytes. */
  readonly addressDigest: Uint8Array;
}

/** A session about to begin. */
export interface NewSession {
  readonly sessionId: string;
  readonly personId: string;
  readonly method: SignInMethod;
  readonly passkeyId?: string;
  readonly linkId?: string;
  readonly client: ClientFacts;
  /** Milliseconds since 1970. */
  readonly signedInAtMs: number;
  readonly expiresAtMs: number;
}

/** A session as it stands. */
export interface Session {
  readonly sessionId: string;
  readonly person: Person;
  readonly method: SignInMethod;
  readonly signedInAtMs: number;
  /** When the person last proved who they are as a sign-in does: then, or later with a passkey. */
  readonly provedAtMs: number;
  readonly expiresAtMs: number;
  /** Keyed digest of the browser's own words, 32 bytes. */
  readonly clientDigest: Uint8Array;
  readonly isLocked: boolean;
  /** Good for making credentials only: it began with a link, and none has been made in it yet. */
  readonly mustEnrol: boolean;
  /** Why it is over; null while it goes on. The time is not looked at. */
  readonly endReason: string | null;
  /** Seconds since 1970: tokens of an earlier second are refused. */
  readonly notBefore: number;
}

export async function insertSession(tx: SiteTx, session: NewSession): Promise<void> {
  const { client } = session;
  await tx.client.query(
    `insert into wavekeep.sign_in_session
       (session_id, person_id, site_id, method, passkey_id, link_id, client, address, client_digest,
        address_digest, signed_in_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      session.sessionId,
      session.personId,
      tx.siteId,
      session.method,
      session.passkeyId ?? null,
      session.linkId ?? null,
      client.label,
      client.from ?? null,
      client.clientDigest,
      client.addressDigest,
      instant(session.signedInAtMs),
      instant(session.expiresAtMs),
    ],
  );
}

type SessionRow = Omit<Session, "person" | "notBefore"> & Person & { readonly notBefore: string };

export async function findSession(tx: SiteTx, sessionId: string): Promise<Session | undefined> {
  const { rows: [row] } = await prepared<SessionRow>(
    tx.client,
    `select s.session_id as "sessionId", s.method, ${msOf("s.signed_in_at")} as "signedInAtMs",
        ${msOf("s.expires_at")} as "expiresAtMs", s.client_digest as "clientDigest",
        coalesce((select ${msOf("max(q.proved_at)")} from wavekeep.session_proof q
          where q.session_id = s.session_id and q.method = 'passkey'),
          ${msOf("s.signed_in_at")}) as "provedAtMs",
        coalesce((select l.is_locked from wavekeep.session_lock l where l.session_id = s.session_id
          order by l.lock_no desc limit 1), false) as "isLocked",
        s.method in ('invitation', 'reset') and not exists (
          select from wavekeep.passkey k where k.person_id = s.person_id and k.session_id = s.session_id)
        and not (exists (
            select from wavekeep.password_version w
              where w.person_id = s.person_id and w.session_id = s.session_id)
          and exists (
            select from wavekeep.totp_seed t join wavekeep.totp_confirmation using (totp_id)
              where t.person_id = s.person_id and t.session_id = s.session_id)) as "mustEnrol",
        (select e.reason from wavekeep.session_end e where e.session_id = s.session_id) as "endReason",
        coalesce((select max(r.not_before) from wavekeep.revocation r
          where r.kind in ('session', 'person')
            and r.subject in (s.session_id::text, s.person_id::text)), 0) as "notBefore",
        p.person_id as "personId", p.site_id as "siteId", site.code as "siteCode", p.login,
        v.display_name as "displayName", v.role, v.is_disabled as "isDisabled"
      from wavekeep.sign_in_session s join wavekeep.person p using (person_id)
        join wavekeep.site on site.site_id = s.site_id
        cross join lateral (
          select * from wavekeep.person_version n where n.person_id = p.person_id
            order by n.change_no desc limit 1
        ) v
      where s.session_id = $1`,
    [sessionId],
  );
  if (row === undefined) return undefined;
  const { personId, siteId, siteCode, login, displayName, role, isDisabled, ...session } = row;
  return {
    ...session,
    clientDigest: new Uint8Array(row.clientDigest),
    notBefore: Number(row.notBefore),
    person: { personId, siteId, siteCode, login, displayName, role, isDisabled },
  };
}

/**
 * Whoever gives a person tokens and whoever takes them away again do so one after the other, until the commit.
 *
 * Asked for before the clock is, and before the session is read. So a token is either made in full sight of what
 * was taken away, or of an earlier moment than it: then the revocation is of a later second, and refuses it.
 */
export async function lockTokens(tx: SiteTx, personId: string): Promise<void> {
  await tx.client.query(
    "select pg_advisory_xact_lock(hashtextextended('wavekeep.token/' || $1::text, 0))",
    [personId],
  );
}

/** @returns False: it was over before, by an end or by its time. */
export async function insertSessionEnd(
  tx: SiteTx,
  { sessionId, reason, nowMs }: {
    readonly sessionId: string;
    /** A slug. */
    readonly reason: string;
    readonly nowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await tx.client.query(
    // None later than the session itself, or its rows could not be forgotten together.
    `insert into wavekeep.session_end (session_id, site_id, reason, actor, ended_at)
     select session_id, $2::int, $3::text, $4::text, $5::timestamptz from wavekeep.sign_in_session
       where session_id = $1 and expires_at > $5::timestamptz
     on conflict do nothing`,
    [sessionId, tx.siteId, reason, tx.actor, instant(nowMs)],
  );
  return rowCount === 1;
}

/** Sessions of somebody that go on, the newest first. @param methods Only those that began so; null: all. */
export async function openSessionIds(
  tx: SiteTx,
  personId: string,
  nowMs: number,
  methods: readonly SignInMethod[] | null = null,
): Promise<string[]> {
  const { rows } = await tx.client.query<{ sessionId: string }>(
    `select s.session_id as "sessionId" from wavekeep.sign_in_session s
      where s.person_id = $1 and s.expires_at > $2 and ($3::text[] is null or s.method = any($3))
        and not exists (select from wavekeep.session_end e where e.session_id = s.session_id)
      order by s.signed_in_at desc`,
    [personId, instant(nowMs), methods],
  );
  return rows.map(({ sessionId }) => sessionId);
}

/** A session that goes on, for a list. */
export interface OpenSessionRow {
  readonly sessionId: string;
  readonly method: SignInMethod;
  readonly client: string;
  /** Without its last part. */
  readonly address: string | null;
  readonly signedInAtMs: number;
  /** When its last token was made. */
  readonly lastUsedAtMs: number;
  readonly expiresAtMs: number;
  readonly isLocked: boolean;
}

/** The newest first. */
export async function listOpenSessions(
  tx: SiteTx,
  personId: string,
  nowMs: number,
): Promise<OpenSessionRow[]> {
  const { rows } = await prepared<OpenSessionRow>(
    tx.client,
    `select s.session_id as "sessionId", s.method, s.client, s.address,
        ${msOf("s.signed_in_at")} as "signedInAtMs", ${msOf("s.expires_at")} as "expiresAtMs",
        coalesce((select ${msOf("max(t.made_at)")} from wavekeep.refresh_token t
          where t.session_id = s.session_id), ${msOf("s.signed_in_at")}) as "lastUsedAtMs",
        coalesce((select l.is_locked from wavekeep.session_lock l where l.session_id = s.session_id
          order by l.lock_no desc limit 1), false) as "isLocked"
      from wavekeep.sign_in_session s
      where s.person_id = $1 and s.expires_at > $2
        and not exists (select from wavekeep.session_end e where e.session_id = s.session_id)
      order by s.signed_in_at desc, s.session_id`,
    [personId, instant(nowMs)],
  );
  return rows;
}

/** The person proved again who they are; with a passkey, which is as good as a sign-in, or with less. */
export async function insertProof(
  tx: SiteTx,
  { sessionId, method, nowMs }: {
    readonly sessionId: string;
    readonly method: string;
    readonly nowMs: number;
  },
): Promise<void> {
  await tx.client.query(
    `insert into wavekeep.session_proof (session_id, proof_no, site_id, method, proved_at)
     select $1, coalesce(max(proof_no), 0) + 1, $2, $3, $4 from wavekeep.session_proof
       where session_id = $1
     on conflict do nothing`,
    [sessionId, tx.siteId, method, instant(nowMs)],
  );
}
