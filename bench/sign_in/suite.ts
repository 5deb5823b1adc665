/**
 * Bench, sign-in. Whether the time of a refusal tells that a name is somebody's.
 *
 * Over HTTP, with the hash, the database and the durability that people have: wrong passwords for names of
 * people and for names of nobody, in turns, each pair in the other order. A name and an address are used a few
 * times only, or the lock-out would answer; the address is the proxy's word.
 *
 * @module
 */

import { createLogger, parseProxies, Secret, serve } from "@wavekeep/core/service";
import { createAccountsApp } from "../../ingest/accounts/app.ts";
import { AccountsConfig } from "../../ingest/accounts/config.ts";
import { openDeps } from "../../ingest/accounts/open_deps.ts";
import type { AccountsDeps } from "../../ingest/accounts/deps.ts";
import { HERE_LATELY_MAX } from "../../ingest/accounts/lock_out.ts";
import {
  insertConfirmation,
  insertPassword,
  insertSeed,
} from "../../ingest/accounts/store/credentials.ts";
import { insertPerson } from "../../ingest/accounts/store/people.ts";
import { sealSeed } from "../../ingest/accounts/totp.ts";
import { median } from "../measure.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext, Suite } from "../suite.ts";
import type { Workload } from "../workloads.ts";

/** Failures of a name, well below what locks it out. */
const OF_A_NAME = HERE_LATELY_MAX - 1;
/** Pairs before those that count: processes compile, connections are made. */
const WARM_UP = 20;

function plansOf({ signIns }: Workload) {
  const count = signIns.toLocaleString("en");
  const name = `sign-in refused, ${count} wrong passwords each`;
  return {
    difference: rowPlan(`${name}: means of known and unknown names apart`, "ms", {
      must: 5,
      isLong: true,
    }),
    median: rowPlan(`${name}: median of what two of a pair are apart`, "ms", { isLong: true }),
    known: rowPlan(`${name}: mean, known name`, "ms", { isLong: true }),
    unknown: rowPlan(`${name}: mean, unknown name`, "ms", { isLong: true }),
  };
}

export const signInSuite: Suite = {
  name: "sign-in",
  plans: (workload): RowPlan[] => Object.values(plansOf(workload)),
  async run(context) {
    const { workload, progress } = context;
    const plans = plansOf(workload);
    progress.step(plans.difference.name);
    const stage = await context.stage();
    const { known, unknown } = await refusals(context, stage);
    const apart = Math.abs(mean(known) - mean(unknown));
    // Whatever else the machine does falls on some pairs: it moves the means, and hardly this.
    const apartMs = known.map((ms, pair) => ms - unknown[pair]!);
    const ofPairs = Math.abs(median(apartMs));
    context.notice(
      `${plans.difference.name}: ${mean(apartMs).toFixed(2)} ms, standard error ` +
        `${standardError(apartMs).toFixed(2)} ms; beyond 2 ms this machine is too busy to tell`,
    );
    context.reportWanted(measuredRow(plans.difference, apart, null));
    context.reportWanted(measuredRow(plans.median, ofPairs, null));
    context.reportWanted(measuredRow(plans.known, mean(known), null));
    context.reportWanted(measuredRow(plans.unknown, mean(unknown), null));
  },
};

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What a mean of as many such values would vary by. */
function standardError(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length);
}

/** Milliseconds of both, pair by pair. */
async function refusals({ workload, signal }: RunContext, { accounts }: Stage) {
  const logger = createLogger({ service: "accounts", write: () => {} });
  const { deps, close } = await openDeps(
    {
      ...AccountsConfig.parse({
        DATABASE_URL: "as below",
        KEY_DIR: accounts.keyDir,
        TOKEN_PRIVATE_KEY_FILE: accounts.privateKeyFile,
      }),
      DATABASE_URL: new Secret(accounts.url),
    },
    logger,
  );
  const app = createAccountsApp({ ...deps, trustedProxies: parseProxies("127.0.0.1") });
  const serving = await serve(app, { port: 0, logger });
  try {
    const pairs = (workload.signIns < WARM_UP ? 1 : WARM_UP) + workload.signIns;
    const people = Math.ceil(pairs / OF_A_NAME);
    await addPeople(deps, accounts.siteId, people);
    const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? ["known", "unknown"] as const : ["unknown", "known"] as const;
      for (const which of order) {
        signal.throwIfAborted();
        const startedMs = performance.now();
        await refuse(serving.url, `${which}-${pair % people}`, addressOf(pair));
        times[which].push(performance.now() - startedMs);
      }
    }
    const counted = (all: readonly number[]) => all.slice(-workload.signIns);
    return { known: counted(times.known), unknown: counted(times.unknown) };
  } finally {
    await serving.close();
    await close();
  }
}

/** @throws {Error} It was answered by anything but a refusal of name and password. */
async function refuse(url: string, login: string, from: string): Promise<void> {
  const response = await fetch(`${url}/sign-in/password`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify({ login, password: "not the password of anybody" }),
  });
  const { type } = await response.json();
  if (response.status === 401 && type.endsWith("/sign-in-refused")) return;
  throw new Error(`Cannot measure a refused sign-in: ${response.status} ${type}`);
}

/** Each pair from a place of its own. */
function addressOf(pair: number): string {
  return `10.${pair >> 16}.${pair >> 8 & 255}.${pair & 255}`;
}

async function addPeople(deps: AccountsDeps, siteId: number, count: number): Promise<void> {
  // One hash for all: it costs as much to compare with.
  const hash = await deps.hasher.hash(crypto.randomUUID());
  const caller = { siteId, actor: "bench", role: "admin", requestId: "bench" };
  for (let index = 0; index < count; index++) {
    const personId = crypto.randomUUID();
    const totpId = crypto.randomUUID();
    const seedSealed = sealSeed(deps.keys, { siteId, totpId, bytes: deps.randomBytes(20) });
    await deps.store.inSite(caller, async (tx) => {
      const nowMs = deps.nowMs();
      const login = `known-${index}`;
      await insertPerson(tx, { personId, login, displayName: login, role: "clinician" }, nowMs);
      await insertPassword(tx, { personId, hash, sessionId: null, nowMs });
      await insertSeed(tx, { totpId, personId, sessionId: totpId, seedSealed, nowMs });
      await insertConfirmation(tx, totpId, nowMs);
    });
  }
}
