/**
 * Faults. The database ends a connection in every gap of the transaction that stores chunks (goal A3).
 *
 * @module
 */

import type { Campaign } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { onStage } from "../on_stage.ts";
import { GapProxy, GAPS } from "../statement_gaps.ts";
import { audited } from "../run_services.ts";

const DEVICES = 8;
const DEVICE_PAUSE_MS_MAX = 10;

/** Transactions stream all the time: one that does not come means that nothing streams any more. */
const STRIKE_WITHIN_MS = 30_000;

export const terminateBackend: Campaign = {
  name: "terminate backend",
  what:
    "pg_terminate_backend in each gap of the transaction that stores chunks: after begin, after the " +
    "insert, before, during and after commit, through a proxy that knows the wire.",
  must:
    "0 acknowledged chunks lost, 0 doubled, audit rows = chunks; what is ambiguous is answered 503",
  full: 5 * 1_000,
  small: 5 * 4,
  unit: "terminations",
  run: (options) =>
    onStage(options, async (stage) => {
      await using gaps = await GapProxy.listen({
        targetPort: stage.database.port,
        terminate: async (pid) => {
          await stage.database.sql("select pg_terminate_backend($1, 10000)", [pid]);
        },
      });
      await using ingest = await stage.service("ingest", { databasePort: gaps.port });
      ingest.start();
      await ingest.ready();
      using fleet = await Fleet.open(stage, {
        name: "gap",
        seed: options.seed,
        devices: DEVICES,
        urls: [ingest.url],
        pauseMsMax: DEVICE_PAUSE_MS_MAX,
      });
      fleet.start();
      const { pid } = ingest;
      const violations: string[] = [];
      for (let done = 0; done < options.count;) {
        // Something new is on its way: a strike on what was struck before shows nothing.
        await fleet.streams(DEVICES / 2);
        const gap = GAPS[done % GAPS.length]!;
        if (!await within(gaps.strike(gap), STRIKE_WITHIN_MS, options.signal)) {
          violations.push(`No transaction came ${gap} within ${STRIKE_WITHIN_MS} ms`);
          break;
        }
        options.onProgress(++done);
      }
      await fleet.streams(DEVICES);
      await fleet.stop();
      if (ingest.pid !== pid) violations.push(`Ingest ended with code ${ingest.deaths.join()}`);
      const { refusedForNow } = fleet.counts;
      if (options.count >= GAPS.length && refusedForNow === 0) {
        violations.push("No answer was 503, although commits had no answer");
      }
      // What was committed and not heard of is there when it is sent again: else the last gap was not hit.
      const unheard = Math.floor(options.count / GAPS.length);
      const there = fleet.counts.repeated + fleet.counts.repeatedAfterWait;
      if (there < unheard) {
        violations.push(`${there} chunks were there when sent again, not ${unheard}`);
      }
      const audit = await audited(stage, fleet);
      return {
        done: options.count,
        violations: [...violations, ...audit.violations],
        figures: audit.figures,
      };
    }),
};

/** Whether it resolved in time. */
export async function within(
  done: Promise<unknown>,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limitMs);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  done.then(() => resolve(true), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
