import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { Principal } from "@wavekeep/core/service";
import { AccessGrants, AccessNotRecordedError } from "./access_grant.ts";
import { MemoryAuditStore } from "./store/memory_store.ts";

function principal(subject: string): Principal {
  return { subject, siteId: 1, role: "clinician", tokenId: "00000000", expiresAt: 0 };
}

function setUp() {
  const audit = new MemoryAuditStore();
  const clock = { ms: 0, isBehind: false };
  const grants = new AccessGrants(audit, { nowMs: () => clock.ms, isBehind: () => clock.isBehind });
  const ask = (subject: string, recordingId: string | null) =>
    grants.ensure({ principal: principal(subject), requestId: "r", recordingId });
  return { audit, clock, ask };
}

Deno.test("AccessGrants writes one row for five minutes of one reader and recording", async () => {
  const { audit, clock, ask } = setUp();
  await ask("a", "rec");
  clock.ms = 5 * 60_000 - 1;
  await ask("a", "rec");
  strictEqual(audit.accesses.length, 1);
  clock.ms = 5 * 60_000;
  await ask("a", "rec");
  strictEqual(audit.accesses.length, 2);
  deepStrictEqual(audit.accesses[0], {
    siteId: 1,
    actor: "a",
    role: "clinician",
    requestId: "r",
    recordingId: "rec",
    minutes: 5,
    sessionId: undefined,
    from: undefined,
  });
});

Deno.test("AccessGrants keeps readers and recordings apart", async () => {
  const { audit, ask } = setUp();
  await ask("a", "rec");
  await ask("b", "rec");
  await ask("a", "other");
  await ask("a", null);
  strictEqual(audit.accesses.length, 4);
});

Deno.test("AccessGrants lets readers of one moment share a row", async () => {
  const { audit, ask } = setUp();
  await Promise.all(Array.from({ length: 20 }, () => ask("a", "rec")));
  strictEqual(audit.accesses.length, 1);
});

Deno.test("AccessGrants fails closed, and forgets the failure", async () => {
  const { audit, ask } = setUp();
  audit.fault = new Error("primary is away");
  await rejects(ask("a", "rec"), AccessNotRecordedError);
  audit.fault = undefined;
  await ask("a", "rec");
  strictEqual(audit.accesses.length, 1);
});

Deno.test("AccessGrants gives nothing, not even under a grant, while earlier accesses cannot be written", async () => {
  const { audit, clock, ask } = setUp();
  await ask("a", "rec");
  clock.isBehind = true;
  await rejects(ask("a", "rec"), AccessNotRecordedError);
  clock.isBehind = false;
  await ask("a", "rec");
  strictEqual(audit.accesses.length, 1);
});
