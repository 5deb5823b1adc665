/**
 * Layer 6. `/livez` says that the process answers; `/readyz` says that it can do its work.
 *
 * @module
 */
import { Hono } from "hono";
import { ProblemError } from "../problem/mod.ts";
import { failureCode, NotReadyError } from "./failure_code.ts";
import { sleep } from "./sleep.ts";
import "./context.ts";

/** One thing that has to be in order. Resolves with what to show, throws when it is not. */
export type ReadinessCheck = () => Promise<unknown> | unknown;

/** A check that takes longer counts as failed: whoever asks knows within a second. */
const CHECK_TIMEOUT_MS = 900;

/**
 * The two health routes. `/livez` touches nothing; `/readyz` runs all checks at once and answers 503
 * `not-ready` with the names of those that failed and a code of each; their own words are in the log.
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
    const failed = results.flatMap((result, index) =>
      result.status === "rejected" ? [{ name: names[index]!, reason: result.reason }] : []
    );
    if (failed.length === 0) {
      const shown = results.map((result, index) => [
        names[index],
        result.status === "fulfilled" ? result.value ?? "ok" : "failed",
      ]);
      return c.json({ status: "ready", checks: Object.fromEntries(shown), ...facts });
    }
    c.var.logger?.warn("service is not ready", {
      failed: failed.map(({ name }) => name),
      reasons: failed.map(({ reason }) => String(reason?.message ?? reason)),
    });
    throw new ProblemError("not-ready", {
      detail: `Not in order: ${failed.map(({ name }) => name).join(", ")}`,
      errors: failed.map(({ name, reason }) => ({
        detail: failureCode(reason),
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
        throw new NotReadyError("TIMEOUT", `no answer within ${CHECK_TIMEOUT_MS} ms`);
      }),
    ]);
  } finally {
    done.abort();
  }
}
