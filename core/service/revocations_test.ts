import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type pg from "pg";
import { createLogger } from "./json_log.ts";
import { openRevocations, type Revocation } from "./revocations.ts";

const logger = createLogger({ service: "test", write: () => {} });
const sessionId = "019a0000-0000-4000-8000-000000000000";
const PRINCIPAL = { siteId: 1, subject: "p", tokenId: "t", sessionId, issuedAt: 100 };

/** A feed of rows, numbered as they come; `isAway` is the database's. */
function feedOf() {
  const rows: (Revocation & { revocationNo: string })[] = [];
  const feed = {
    isAway: false,
    add: (revocation: Revocation) =>
      void rows.push({ ...revocation, revocationNo: String(rows.length + 1) }),
    open: () =>
      openRevocations({
        query: (_: string, [seen]: [string]) =>
          feed.isAway ? Promise.reject(new Error("away")) : Promise.resolve({
            rows: rows.filter((row) => BigInt(row.revocationNo) > BigInt(seen)),
          }),
      } as unknown as pg.Pool, { logger, everyMs: 3_600_000 }),
  };
  return feed;
}

Deno.test("openRevocations() knows sessions, people and tokens, each of its own site", async () => {
  const feed = feedOf();
  const revocations = await feed.open();
  try {
    const check = async (revocation: Revocation, isRevoked: boolean) => {
      feed.add(revocation);
      await revocations.refresh();
      strictEqual(revocations.isRevoked(PRINCIPAL), isRevoked, JSON.stringify(revocation));
    };
    await check({ siteId: 2, kind: "session", subject: sessionId, notBefore: 999 }, false);
    await check({ siteId: 1, kind: "session", subject: "another", notBefore: 999 }, false);
    await check({ siteId: 1, kind: "person", subject: "p", notBefore: 100 }, false);
    await check({ siteId: 1, kind: "person", subject: "p", notBefore: 101 }, true);
    strictEqual(revocations.isRevoked({ ...PRINCIPAL, issuedAt: 101 }), false, "issued afterwards");
    const { issuedAt: _, ...undated } = PRINCIPAL;
    strictEqual(revocations.isRevoked(undated), true);
    const other = { siteId: 1, subject: "machine", tokenId: "leaked", issuedAt: 100 };
    strictEqual(revocations.isRevoked(other), false);
    feed.add({ siteId: 1, kind: "token", subject: "leaked", notBefore: 0 });
    await revocations.refresh();
    strictEqual(revocations.isRevoked(other), true);
  } finally {
    await revocations.close();
  }
});

Deno.test("openRevocations() tells each revocation once, until nobody listens", async () => {
  const feed = feedOf();
  const revocations = await feed.open();
  try {
    const told: string[] = [];
    const leave = revocations.subscribe(({ subject }) => told.push(subject));
    feed.add({ siteId: 1, kind: "session", subject: "a", notBefore: 1 });
    await revocations.refresh();
    await revocations.refresh();
    leave();
    feed.add({ siteId: 1, kind: "session", subject: "b", notBefore: 1 });
    await revocations.refresh();
    deepStrictEqual(told, ["a"]);
  } finally {
    await revocations.close();
  }
});

Deno.test("openRevocations() refuses to begin without an answer, and ages without one", async () => {
  const feed = feedOf();
  feed.isAway = true;
  await rejects(feed.open(), /away/);
  feed.isAway = false;
  const revocations = await feed.open();
  try {
    const before = revocations.ageMs;
    feed.isAway = true;
    await rejects(revocations.refresh(), /away/);
    strictEqual(revocations.ageMs > before, true);
    feed.isAway = false;
    const aged = revocations.ageMs;
    await revocations.refresh();
    strictEqual(revocations.ageMs < aged, true);
  } finally {
    await revocations.close();
  }
});
