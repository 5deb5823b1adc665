/**
 * What events are called, and what one of them says in a line.
 *
 * @module
 */

import type { AuditEvent, AuditOutcome } from "@wavekeep/core/wire";
import { secondText, spanText } from "./time_text.ts";

/** Kinds that are worth a name of their own; others are shown as they are. */
export const KIND_WORDS: Readonly<Record<string, string>> = {
  "access.granted": "may read a recording",
  "access.shown": "was given",
  "access.refused": "was refused",
  "access.not-found": "asked for what is not there",
  "access.failed": "was given nothing, for a fault",
  "annotation.reviewed": "reviewed a mark",
  "annotation.stored": "wrote a mark",
  "audit.read": "read the audit",
  "consent.changed": "wrote down what a patient allows",
  "chunk.conflict": "sent other samples for a place that has some",
  "enrolment-code.made": "made a code for a device",
  "erased": "erased a patient",
  "export.downloaded": "took a recording out",
  "export.made": "made an export",
  "export.refused": "was refused an export",
  "integrity-failed": "damage was found",
  "key.enrolled": "enrolled a device",
  "key.named": "named a device",
  "key.revoked": "revoked a device's key",
  "patient.added": "added a patient",
  "recording.closed": "closed a recording",
  "recording.opened": "opened a recording",
  "recording.reassigned": "gave a recording to another patient",
  "security.sign-in": "signed in",
  "security.sign-in-failed": "failed to sign in",
  "security.sign-out": "signed out",
  "security.locked-out": "was locked out",
  "security.refresh-replay": "used a token twice",
  "security.break-glass": "broke the glass",
  "security.credential-added": "added a way to sign in",
  "security.credential-removed": "removed a way to sign in",
  "security.password-changed": "changed a password",
  "security.role-changed": "changed a role",
  "security.person-added": "invited somebody",
  "security.person-disabled": "disabled somebody",
  "security.person-enabled": "enabled somebody",
  "security.session-ended": "ended a session",
  "security.link-made": "made a link",
  "security.link-used": "used a link",
  "security.rate-limited": "asked too often",
  "security.signature-refused": "sent a bad signature",
  "security.api-key-ended": "revoked an API key",
  "security.api-key-made": "made an API key",
  "security.person-changed": "changed a person",
  "security.recovery-code-used": "used a recovery code",
  "security.session-locked": "locked a page",
  "security.session-unlocked": "unlocked a page",
};

export const OUTCOME_WORDS: Readonly<Record<AuditOutcome, string>> = {
  granted: "granted",
  shown: "shown",
  done: "done",
  refused: "refused",
  "not-found": "not found",
  failed: "failed",
};

/** What the event is, in words where there are any. */
export function kindText(kind: string): string {
  return KIND_WORDS[kind] ?? kind;
}

/** Stretches that are named; more are counted. */
const STRETCHES_MAX = 3;

/**
 * Which seconds of a recording, from its start.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { stretchesText } from "./event_words.ts";
 *
 * strictEqual(stretchesText([[0, 10], [60, 90]]), "0 s–10 s, 1 min–1 min 30 s");
 * ```
 */
export function stretchesText(stretches: AuditEvent["seconds"]): string {
  if (stretches === null || stretches.length === 0) return "";
  const named = stretches.slice(0, STRETCHES_MAX)
    .map(([start, end]) => `${spanText(start)}–${spanText(end)}`);
  const rest = stretches.length - named.length;
  return named.join(", ") + (rest === 0 ? "" : `, and ${rest} more`);
}

/** Who it was, by name where there is one. */
export function actorText({ actor, person }: Pick<AuditEvent, "actor" | "person">): string {
  return person === null ? actor : person.display_name;
}

/**
 * What else an event says: its reason, how often, from where, and scalars of its detail.
 *
 * @param names Of people that the detail names by id.
 */
export function detailText(
  { detail, reason, count, from }: AuditEvent,
  names: ReadonlyMap<string, string>,
): string {
  const parts = Object.entries(detail).flatMap(([name, value]) =>
    ["string", "number", "boolean"].includes(typeof value)
      ? [`${name.replaceAll("_", " ")} ${names.get(String(value)) ?? valueText(value)}`]
      : []
  );
  return [
    ...(reason === null ? [] : [reason]),
    ...(count === null || count === 1 ? [] : [`${count} times`]),
    ...parts,
    ...(from === null ? [] : [`from ${from}`]),
  ].join(" · ");
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function valueText(value: unknown): string {
  const text = String(value);
  return INSTANT.test(text) ? secondText(text) : text;
}
