/**
 * What goes by a site's rule, and its going.
 *
 * Sole owner of the plan. A recording goes with its patient: keys are per patient, so a patient whose last
 * recording ended too short a time ago is kept whole, and one that is held is kept whatever its age. Everything
 * goes the way that an erasure on request goes (`erase_patient.ts`): the log has its leaves before the key is gone,
 * and goes on verifying. Hazard: thousands of patients take hours, and one of them may come back meanwhile, so each
 * is looked at once more before the key goes.
 *
 * @module
 */

import type { EraseRequest, ErasureResult } from "../erase/erase_patient.ts";
import type { DuePatient, OutlivedRows, RetentionStore } from "./retention_store.ts";
import type { RetentionRule } from "./retention_rule.ts";

/** What would go, and what stays though it is old. */
export interface RetentionPlan {
  readonly rule: RetentionRule;
  /** Neither held nor erased, by code. */
  readonly patients: readonly DuePatient[];
  /** Old enough, and held. */
  readonly held: readonly DuePatient[];
  /** How many rows. */
  readonly rows: Readonly<Record<OutlivedRows, number>>;
}

/** What it came to. */
export interface RetentionResult {
  readonly patients: number;
  readonly recordings: number;
  readonly quarantine: number;
  readonly events: number;
  /** Patients who stay: something came of them, or a legal hold did, since the plan was made. */
  readonly stayed: number;
  /** Could not be erased; the same command again goes on. */
  readonly failed: readonly { readonly patientCode: string; readonly error: unknown }[];
}

/** Patients erased beside each other: each waits until no process uses its key any more. */
const AT_ONCE = 16;

/** Looks, and changes nothing. */
export async function planRetention(store: RetentionStore, siteId: number): Promise<RetentionPlan> {
  const rule = await store.rule(siteId);
  const { recordingsDays, quarantineDays, eventsDays } = rule;
  const due = recordingsDays === null ? [] : await store.duePatients(siteId, recordingsDays);
  const count = (what: OutlivedRows, days: number | null) =>
    days === null ? 0 : store.countOutlived(siteId, what, days);
  return {
    rule,
    patients: due.filter(({ isHeld }) => !isHeld),
    held: due.filter(({ isHeld }) => isHeld),
    rows: {
      quarantine: await count("quarantine", quarantineDays),
      events: await count("events", eventsDays),
    },
  };
}

/**
 * Does what a plan says. Safe to run again: it goes on wherever it was stopped.
 *
 * @param options.erase One patient's erasure.
 * @param options.onProgress Patients and rows that are done.
 */
export async function applyRetention(
  store: RetentionStore,
  { siteId, actor }: { readonly siteId: number; readonly actor: string },
  { plan, erase, onProgress }: {
    readonly plan: RetentionPlan;
    readonly erase: (request: EraseRequest) => Promise<ErasureResult | undefined>;
    readonly onProgress: (done: number) => void;
  },
): Promise<RetentionResult> {
  const failed: { patientCode: string; error: unknown }[] = [];
  const done = { patients: 0, recordings: 0, quarantine: 0, events: 0 };
  let stayed = 0;
  let progress = 0;
  for (let first = 0; first < plan.patients.length; first += AT_ONCE) {
    const some = plan.patients.slice(first, first + AT_ONCE);
    await Promise.all(some.map(async ({ patientCode }) => {
      try {
        if (!await isStillDue(store, siteId, { patientCode, rule: plan.rule })) {
          return void stayed++;
        }
        const result = await erase({ siteId, patientCode, actor });
        done.patients++;
        done.recordings += result?.recordingCount ?? 0;
      } catch (error) {
        failed.push({ patientCode, error });
      } finally {
        onProgress(++progress);
      }
    }));
  }
  for (
    const [what, days] of [
      ["quarantine", plan.rule.quarantineDays],
      ["events", plan.rule.eventsDays],
    ] as const
  ) {
    if (days === null) continue;
    for (;;) {
      const count = await store.forget(siteId, what, days);
      done[what] += count;
      onProgress(progress += count);
      if (count === 0) break;
    }
  }
  const isIdle = Object.values(done).every((count) => count === 0);
  if (!isIdle) await store.record(siteId, actor, done);
  return { ...done, stayed, failed };
}

async function isStillDue(
  store: RetentionStore,
  siteId: number,
  { patientCode, rule }: { readonly patientCode: string; readonly rule: RetentionRule },
): Promise<boolean> {
  if (rule.recordingsDays === null) return false;
  const [due] = await store.duePatients(siteId, rule.recordingsDays, patientCode);
  return due !== undefined && !due.isHeld;
}
