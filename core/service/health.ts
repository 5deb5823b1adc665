/**
 * Layer 6. `/livez` says that the process answers; `/readyz` says that it can do its work.
 *
 * @module
 */
import { Hono } from "hono";
import { ProblemError } from "../problem/mod.ts";
import { sleep } from "./sleep.ts";
import "./context.ts";

/** One thing that has to be in order. Resolves with what to show, throws when it is not. */
export type ReadinessCheck = () => Promise<unknown> | unknown;

/** A check that takes longer counts as failed: whoever asks knows within a second. */
const CHECK_TIMEOUT_MS = 900;

/**
 * The two health routes. `/livez` touches nothing; `/readyz` runs all checks at once and answers 503
 * `not-ready` with the names of those that failed.
 *
 * @param facts Shown beside the checks, such as accepted durability exceptions.
 */
export function healthRoutes(
  checks: Readonly<Record<string, ReadinessCheck>>,
  facts: Readonly<Record<string, unknown>> = {},
): Hono {
  const app = new Hono();
  app.get("/livez", (c) => c.json({ status: "alive" }));
  app.get("/readyz", async (c) => {
    const names = Object.keys(checks);
    const results = await Promise.allSettled(names.map((name) => runCheck(checks[name])));
    const failed = names.filter((_, index) => results[index]?.status === "rejected");
    if (failed.length === 0) {
      const shown = results.map((result, index) => [
        names[index],
        result.status === "fulfilled" ? result.value ?? "ok" : "failed",
      ]);
      return c.json({ status: "ready", checks: Object.fromEntries(shown), ...facts });
    }
    const reasons = results.flatMap((result) =>
      result.status === "rejected" ? [String(result.reason?.message ?? result.reason)] : []
    );
    c.var.logger?.warn("service is not ready", { failed, reasons });
    throw new ProblemError("not-ready", {
      detail: `Not in order: ${failed.join(", ")}`,
      errors: failed.map((name, index) => ({
        detail: reasons[index] ?? "",
        pointer: `/checks/${name}`,
      })),
      retryAfterSeconds: 2,
    });
  });
  return app;
}

async function runCheck(check: ReadinessCheck | undefined): Promise<unknown> {
  const done = new AbortController();
  try {
    return await Promise.race([
      Promise.resolve(check?.()),
      sleep(CHECK_TIMEOUT_MS, done.signal).then(() => {
        throw new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`);
      }),
    ]);
  } finally {
    done.abort();
  }
}
