/**
 * An export that the service makes as a job, asked for and waited for.
 *
 * Hazard: the service keeps what was made for an hour; whoever stops or has fetched it gives it back.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import { type ExportRequest, ExportStatus } from "@wavekeep/core/wire";
import { SingleBar } from "cli-progress";
import type * as z from "zod";

/** Asks query; throws for everything that is no success. */
export type Ask = (
  method: "GET" | "POST" | "DELETE",
  path: string,
  options?: {
    readonly accept?: string;
    readonly body?: unknown;
    /** Asked even when everything was stopped. */
    readonly isLast?: boolean;
  },
) => Promise<Response>;

/** An export that can be fetched; disposing of it gives it back. */
export interface OrderedBundle extends AsyncDisposable {
  /** Path of the file. */
  readonly file: string;
}

const LOOK_MS = 500;

/** Asks for an export and resolves when it is ready. */
export async function orderBundle(
  ask: Ask,
  recordingPath: string,
  { order, signal }: {
    readonly order: z.input<typeof ExportRequest>;
    readonly signal: AbortSignal;
  },
): Promise<OrderedBundle> {
  const asked = await ask("POST", `${recordingPath}/exports`, { body: order });
  const path = asked.headers.get("location");
  await asked.body?.cancel();
  if (path === null) throw new Error("Cannot export: the service does not say where");
  const giveBack = async () => {
    await ask("DELETE", path, { isLast: true }).catch(() => {});
  };
  const bar = progressBar();
  try {
    while (true) {
      const { state, progress, reason } = ExportStatus.parse(await (await ask("GET", path)).json());
      bar?.update(Math.round(100 * progress), { state });
      if (state === "ready") break;
      if (state === "refused" || state === "cancelled") {
        throw new Error(`Cannot export: ${state}${reason === null ? "" : `, ${reason}`}`);
      }
      await sleep(LOOK_MS, signal);
      signal.throwIfAborted();
    }
  } catch (error) {
    await giveBack();
    throw error;
  } finally {
    bar?.stop();
  }
  return { file: `${path}/file`, [Symbol.asyncDispose]: giveBack };
}

function progressBar(): SingleBar | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  const bar = new SingleBar({
    format: "export {bar} {percentage} %, {state}",
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(100, 0, { state: "waiting" });
  return bar;
}
