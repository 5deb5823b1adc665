/**
 * Faults. What a campaign is: something that is broken on purpose so many times, and what must hold after.
 *
 * A campaign draws all it does to others from its seed (`plan.ts`), so that a run with the same seed and
 * count breaks the same things in the same order. What the machine makes of it (which request was under
 * way in that millisecond) differs from run to run: a violation is replayed until it shows again.
 *
 * @module
 */

import type { Stage } from "./stage.ts";

/** What a campaign is asked for. */
export interface CampaignOptions {
  /** How many of its unit. */
  readonly count: number;
  /** A u32. */
  readonly seed: number;
  /** Aborted by Ctrl-C: what was started is stopped, then its reason is thrown. */
  readonly signal: AbortSignal;
  /** Called after every unit. */
  onProgress(done: number): void;
  /** Shared with other campaigns, as the tests of a file do; without it the campaign opens its own. */
  readonly stage?: Stage;
}

/** What became of it. */
export interface CampaignResult {
  readonly done: number;
  /** What must not have happened and did; each in a sentence, with numbers. Empty is the goal. */
  readonly violations: readonly string[];
  /** What was counted and measured on the way, by names with a unit. */
  readonly figures: Readonly<Record<string, number>>;
}

/** One way to break the system. */
export interface Campaign {
  /** Unique; what `--only` selects by a part of it. */
  readonly name: string;
  /** What is done, in one sentence. */
  readonly what: string;
  /** What must hold, such as "0 acknowledged chunks lost, 0 doubled, audit rows = chunks". */
  readonly must: string;
  /** How many units the whole run has. */
  readonly full: number;
  /** How many the tests run. */
  readonly small: number;
  /** Of what `full` and `small` are numbers, in the plural. */
  readonly unit: string;
  /** It judges how long something takes, so nothing else shall run beside it. */
  readonly isAlone?: boolean;
  /** Resolves also when something was violated; throws when it could not be tried, or was aborted. */
  run(options: CampaignOptions): Promise<CampaignResult>;
}

/**
 * The command that runs a campaign again with the same plan.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { replayCommand } from "./campaign.ts";
 *
 * strictEqual(
 *   replayCommand("kill ingest", { seed: 7, count: 50 }),
 *   'deno task faults --only "kill ingest" --seed 7 --count 50',
 * );
 * ```
 */
export function replayCommand(
  name: string,
  { seed, count }: Pick<CampaignOptions, "seed" | "count">,
): string {
  return `deno task faults --only "${name}" --seed ${seed} --count ${count}`;
}
