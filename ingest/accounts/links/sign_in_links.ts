/**
 * Links are made, looked at and used: how somebody comes in who has nothing to sign in with.
 *
 * Sole owner of what a link is worth. It lets one person into a session that is good for making credentials and
 * for nothing else. Of that person's sessions by links one goes on, the newest: a new link ends those of links from
 * before, or whoever was first with one that got lost stays in. A reset ends every other session of that person at
 * once, and takes no credential away before there is a new one (`finish_reset.ts`).
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { refuseOwn, requirePerson } from "../people/change_person.ts";
import { type PersonRow, stateOf } from "../people/person_rows.ts";
import type { AccountsDeps } from "../deps.ts";
import { endSessions, type OpenSession, startSession } from "../sessions.ts";
import { LINK_SECONDS, linkDigest, type LinkKind, linkText, parseLink } from "../sign_in_link.ts";
import type { Caller, SiteTx } from "../store/accounts_store.ts";
import { findPerson, type Person } from "../store/people.ts";
import { insertSecurityEvent } from "../store/security_event.ts";
import type { ClientFacts } from "../store/sessions.ts";
import { findGoodLink, insertLink, insertLinkUse, type LinkRow, lockLinks } from "./link_rows.ts";

type LinkDeps = Pick<AccountsDeps, "store" | "nowMs">;

/** How a session begins that began with a link. */
const BY_LINK = ["invitation", "reset"] as const;

/** A link that was made: the only moment at which its text is known. */
export interface MadeLink {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/**
 * Makes a link for a person; links from before, and sessions that began with one, are worth nothing any more.
 *
 * @throws {ProblemError} `not-found`; `own-account`; `link-refused`: the person is shut out, or has something to
 * sign in with and is invited.
 */
export async function makeLink(
  { store, nowMs }: LinkDeps,
  caller: Caller,
  { personId, kind }: { readonly personId: string; readonly kind: LinkKind },
): Promise<MadeLink> {
  return await store.inSite(caller, async (tx) => {
    const person = await requirePerson(tx, personId);
    refuseOwn(tx, personId);
    refuseLink(person, kind);
    return await addLink(tx, { personId, kind, nowMs: nowMs() });
  });
}

function refuseLink(person: PersonRow, kind: LinkKind): void {
  const state = stateOf(person);
  if (state === "disabled") {
    throw new ProblemError("link-refused", { detail: "The person is shut out; let them in first" });
  }
  if (kind === "invitation" && state === "active") {
    throw new ProblemError("link-refused", {
      detail: "The person can sign in already; a reset is for who no longer can",
    });
  }
}

/** As {@link makeLink}, where it was decided that there is to be one. */
export async function addLink(
  tx: SiteTx,
  { personId, kind, nowMs }: {
    readonly personId: string;
    readonly kind: LinkKind;
    readonly nowMs: number;
  },
): Promise<MadeLink> {
  const text = linkText(tx.siteId, crypto.getRandomValues(new Uint8Array(32)));
  const expiresAtMs = nowMs + LINK_SECONDS[kind] * 1000;
  const linkId = crypto.randomUUID();
  const digest = linkDigest(text);
  await lockLinks(tx, personId);
  const ended = { reason: "link-replaced", methods: BY_LINK };
  await endSessions({ nowMs: () => nowMs }, tx, personId, ended);
  await insertLink(tx, { linkId, digest, personId, kind, nowMs, expiresAtMs });
  await insertSecurityEvent(tx, "link-made", { person: personId, subject: linkId, reason: kind });
  return { text, expiresAtMs };
}

/** Whom a link is for, and nothing changes. @throws {ProblemError} `link-invalid`. */
export async function lookAtLink(
  { store, nowMs }: LinkDeps,
  text: string,
  requestId: string,
): Promise<{ readonly link: LinkRow; readonly person: Person }> {
  const parsed = parseLink(text);
  if (parsed === undefined) throw invalid();
  const { siteId, digest } = parsed;
  const caller = { siteId, actor: "link", role: "none", requestId };
  return await store.inSite(caller, (tx) => requireLink(tx, digest, nowMs()));
}

/**
 * Uses a link up: its person has a session from now on that is good for making credentials.
 *
 * @throws {ProblemError} `link-invalid`: never made, too old, used, taken back; which of these is not told.
 */
export async function redeemLink(
  deps: AccountsDeps,
  text: string,
  asked: { readonly client: ClientFacts; readonly requestId: string },
): Promise<OpenSession> {
  const parsed = parseLink(text);
  if (parsed === undefined) throw invalid();
  const { siteId, digest } = parsed;
  const caller = { siteId, actor: "link", role: "none", requestId: asked.requestId };
  return await deps.store.inSite(caller, async (stranger) => {
    const nowMs = deps.nowMs();
    await lockLinks(stranger, (await requireLink(stranger, digest, nowMs)).link.personId);
    // Read again: another link may have been made, or this one used, until the lock was had.
    const { link: { linkId, kind, personId }, person } = await requireLink(stranger, digest, nowMs);
    const tx = { ...stranger, actor: personId, role: person.role };
    // Before the new one, which is not to end with them.
    await endSessions(
      deps,
      tx,
      personId,
      kind === "reset" ? { reason: "reset" } : { reason: "link-replaced", methods: BY_LINK },
    );
    const open = await startSession(deps, tx, person, {
      method: kind,
      linkId,
      client: asked.client,
    });
    const { sessionId, person: { isDisabled } } = open.session;
    if (isDisabled) throw invalid();
    if (!await insertLinkUse(tx, { linkId, sessionId, nowMs })) throw invalid();
    await insertSecurityEvent(tx, "link-used", {
      session: sessionId,
      subject: linkId,
      reason: kind,
    });
    return open;
  });
}

async function requireLink(
  tx: SiteTx,
  digest: Uint8Array,
  nowMs: number,
): Promise<{ link: LinkRow; person: Person }> {
  const link = await findGoodLink(tx, digest, nowMs);
  const person = link && await findPerson(tx, link.personId);
  if (link === undefined || person === undefined || person.isDisabled) throw invalid();
  return { link, person };
}

function invalid(): ProblemError {
  return new ProblemError("link-invalid", {
    detail: "The link was never made, has expired, was used, or another one took its place",
  });
}
