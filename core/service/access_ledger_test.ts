import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type AccessFacts, AccessLedger, type MsRange, type ToldAccess } from "./access_ledger.ts";
import { createLogger } from "./json_log.ts";

const FACTS: AccessFacts = {
  siteId: 1,
  actor: "a",
  role: "clinician",
  sessionId: undefined,
  from: undefined,
  thing: "samples",
  outcome: "shown",
  recordingId: "rec",
};

function setUp() {
  const clock = { ms: 0 };
  const written: ToldAccess[] = [];
  const state = { fault: undefined as Error | undefined, statements: 0 };
  const ledger = new AccessLedger({
    write: (_siteId, rows) => {
      state.statements++;
      if (state.fault !== undefined) return Promise.reject(state.fault);
      written.push(...rows);
      return Promise.resolve();
    },
    logger: createLogger({ service: "test", write: () => {} }),
    nowMs: () => clock.ms,
  });
  return { ledger, clock, written, state };
}

Deno.test("AccessLedger merges requests that are alike into one row, and their seconds", async () => {
  const { ledger, clock, written } = setUp();
  const pages: MsRange[] = [[0, 10_000], [10_000, 20_000], [50_000, 60_000], [15_000, 25_000]];
  for (const [index, page] of pages.entries()) {
    clock.ms = index * 1000;
    ledger.note(FACTS, `request-${index}`, page);
  }
  ledger.note({ ...FACTS, outcome: "refused", recordingId: null }, "no");
  await ledger.flush();
  deepStrictEqual(written, [
    {
      ...FACTS,
      requestId: "request-0",
      count: 4,
      firstAtMs: 0,
      lastAtMs: 3000,
      ranges: [[0, 25_000], [50_000, 60_000]],
    },
    {
      ...FACTS,
      outcome: "refused",
      recordingId: null,
      requestId: "no",
      count: 1,
      firstAtMs: 3000,
      lastAtMs: 3000,
      ranges: [],
    },
  ]);
  await ledger.flush();
  strictEqual(written.length, 2);
});

Deno.test("AccessLedger keeps persons, sessions, places and sites apart", async () => {
  const { ledger, written, state } = setUp();
  for (const other of [{}, { actor: "b" }, { sessionId: "s" }, { from: "net" }, { siteId: 2 }]) {
    ledger.note({ ...FACTS, ...other }, "r");
  }
  await ledger.flush();
  strictEqual(written.length, 5);
  strictEqual(state.statements, 2);
});

Deno.test("AccessLedger keeps what could not be written, says that it is behind, and catches up", async () => {
  const { ledger, clock, written, state } = setUp();
  state.fault = new Error("primary is away");
  ledger.note(FACTS, "r");
  deepStrictEqual([ledger.failures, ledger.unwrittenMs], [0, 0], "not tried yet");
  await ledger.flush();
  strictEqual(ledger.isBehind, false);
  clock.ms = 60_001;
  ledger.note({ ...FACTS, thing: "marks" }, "later");
  strictEqual(ledger.isBehind, true);
  deepStrictEqual([ledger.failures, ledger.unwrittenMs], [1, 60_001]);
  state.fault = undefined;
  await ledger.flush();
  deepStrictEqual(written.map(({ requestId }) => requestId), ["r", "later"]);
  strictEqual(ledger.isBehind, false);
  deepStrictEqual([ledger.failures, ledger.unwrittenMs], [1, 0]);
  strictEqual(ledger.waiting, 0);
});

Deno.test("AccessLedger holds no more rows after a long outage than after a short one", async () => {
  const { ledger, clock, written, state } = setUp();
  state.fault = new Error("primary is away");
  for (let minute = 0; minute < 60; minute++) {
    clock.ms = minute * 60_000;
    ledger.note(FACTS, `r-${minute}`, [minute, minute + 1]);
    await ledger.flush();
  }
  strictEqual(ledger.waiting, 1);
  strictEqual(ledger.isBehind, true);
  state.fault = undefined;
  await ledger.flush();
  const times = { firstAtMs: 0, lastAtMs: 59 * 60_000 };
  deepStrictEqual(written, [
    { ...FACTS, requestId: "r-0", count: 60, ...times, ranges: [[0, 60]] },
  ]);
});

Deno.test("AccessLedger splits a row whose seconds are scattered, and loses none of them", async () => {
  const { ledger, written } = setUp();
  for (let i = 0; i < 1500; i++) ledger.note(FACTS, "r", [i * 20, i * 20 + 10]);
  await ledger.flush();
  strictEqual(written.length, 3);
  strictEqual(written.reduce((sum, { ranges }) => sum + ranges.length, 0), 1500);
});
