/**
 * Whether somebody means it: what goes by a site's rule does not come back.
 *
 * Sole owner of the question. It wants the number that was just shown, so that a line out of a shell's history
 * does not answer it, and neither does somebody who reads none of it. Where nobody can be asked, the flag says it.
 *
 * @module
 */

import type { RetentionPlan } from "./apply_retention.ts";

/** Who is asked, and how. */
export interface Asking {
  /** Whether somebody sits there. */
  readonly isTerminal: boolean;
  /** Shows a question; null: no answer. */
  readonly ask: (question: string) => string | null;
}

/** Patients and rows that would go. */
export function outlivedCount({ patients, rows }: RetentionPlan): number {
  return patients.length + rows.quarantine + rows.events;
}

/**
 * Why nothing is done; undefined when it is meant.
 *
 * @param options.isConfirmed The flag `--yes`.
 *
 * @example
 * ```ts
 * import { match, strictEqual } from "node:assert/strict";
 * import { unconfirmed } from "./confirm.ts";
 *
 * const rule = { recordingsDays: null, quarantineDays: 90, eventsDays: null };
 * const plan = { rule, patients: [], held: [], rows: { quarantine: 12, events: 0 } };
 * const options = { siteId: 1, isConfirmed: false };
 * const typing = (text: string) => ({ isTerminal: true, ask: () => text });
 * strictEqual(unconfirmed(plan, options, typing("12")), undefined);
 * match(unconfirmed(plan, options, typing("y"))!, /not confirmed/);
 * match(unconfirmed(plan, options, { ...typing("12"), isTerminal: false })!, /--yes/);
 * ```
 */
export function unconfirmed(
  plan: RetentionPlan,
  { siteId, isConfirmed }: { readonly siteId: number; readonly isConfirmed: boolean },
  { isTerminal, ask }: Asking,
): string | undefined {
  if (isConfirmed) return undefined;
  if (!isTerminal) {
    return "nobody can be asked here, nothing was done; look at what is listed, and say --yes";
  }
  const count = String(outlivedCount(plan));
  const { patients, rows } = plan;
  const typed = ask(
    `This cannot be undone: ${patients.length} patients are erased at site ${siteId}, ` +
      `${rows.quarantine + rows.events} rows are deleted. Type ${count}, their sum, to do it:`,
  );
  return typed?.trim() === count ? undefined : "not confirmed, nothing was done";
}
