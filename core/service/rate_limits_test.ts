import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { Principal, Role } from "./access.ts";
import { memoryRateStore } from "./memory_rate_store.ts";
import { type RateBan, RateLimits, type RateStore } from "./rate_limits.ts";
import { parseRateRules, rateRules } from "./rate_rules.ts";

const principal = (subject: string, role: Role = "device", siteId = 1): Principal => ({
  ...{ subject, siteId, role, tokenId: "t", expiresAt: 0 },
});

/** Instances over one store, on one clock that only a test moves. */
function cluster(
  instances: number,
  rules: string,
  store: RateStore = memoryRateStore(),
) {
  const clock = { nowMs: 1_700_000_000_000 };
  const bans: RateBan[] = [];
  let away = 0;
  const all = Array.from({ length: instances }, () =>
    new RateLimits({
      rules: parseRateRules(rules),
      store,
      now: () => clock.nowMs,
      onBan: (ban) => bans.push(ban),
      onStoreAway: () => away++,
    }));
  return {
    clock,
    all,
    bans,
    away: () => away,
    /** Lets time pass, and each instance tell what it counted once a second. */
    async pass(ms: number, each: (ms: number) => void = () => {}) {
      for (const end = clock.nowMs + ms; clock.nowMs < end;) {
        clock.nowMs += 20;
        each(clock.nowMs);
        if (clock.nowMs % 1_000 === 0) { for (const limits of all) await limits.merge(); }
      }
    },
  };
}

Deno.test("RateLimits: honest devices go on while another sends ten times what it may", async () => {
  const { all, pass, bans } = cluster(3, "device:5,site:1000");
  const honest = Array.from({ length: 60 }, (_, index) => principal(`amp-${index}`));
  const greedy = principal("greedy");
  const sent = { honest: 0, greedy: 0 };
  const admitted = { honest: 0, greedy: 0 };
  let turn = 0;
  await pass(60_000, (ms) => {
    // Fifty a second, by whichever instance the balancer picks.
    sent.greedy++;
    if (all[turn++ % 3]!.admit(greedy).isAdmitted) admitted.greedy++;
    // Each device once a second, not all at the same moment.
    for (const [index, device] of honest.entries()) {
      if (ms % 1_000 !== index % 50 * 20) continue;
      sent.honest++;
      if (all[index % 3]!.admit(device).isAdmitted) admitted.honest++;
    }
  });
  strictEqual(sent.greedy, 3_000);
  ok(admitted.honest / sent.honest >= 0.999, `${admitted.honest} of ${sent.honest}`);
  // Five a second, and beyond it what comes to two of three instances in the first second of it.
  ok(admitted.greedy >= 250 && admitted.greedy <= 60 * 5 + 50 + 34, String(admitted.greedy));
  deepStrictEqual(bans.map(({ kind, principal }) => [kind, principal?.subject]), [
    ["device", "greedy"],
  ]);
});

Deno.test("RateLimits: what a device is refused takes nothing from its site, and sites are apart", async () => {
  const { all: [limits], pass } = cluster(1, "device:1,site:3");
  for (let i = 0; i < 500; i++) limits!.admit(principal("greedy"));
  for (const name of ["a", "b"]) {
    for (let i = 0; i < 10; i++) ok(limits!.admit(principal(name)).isAdmitted, name);
  }
  const refused = limits!.admit(principal("c"));
  deepStrictEqual([refused.isAdmitted, refused.kind], [false, "site"]);
  ok(limits!.admit(principal("c", "device", 2)).isAdmitted);
  await pass(20_000);
  ok(limits!.admit(principal("c")).isAdmitted);
});

Deno.test("RateLimits: whoever waits as told is let through, whoever does not is not", async () => {
  const { all: [limits], clock, pass } = cluster(1, "device:2");
  await pass(3_340);
  for (let round = 0; round < 20; round++) {
    let verdict = limits!.admit(principal("a"));
    while (verdict.isAdmitted) verdict = limits!.admit(principal("a"));
    clock.nowMs += verdict.resetSeconds * 1_000 - 1_000;
    if (verdict.resetSeconds > 1) strictEqual(limits!.admit(principal("a")).isAdmitted, false);
    clock.nowMs += 1_000;
    ok(limits!.admit(principal("a")).isAdmitted, `after ${verdict.resetSeconds} s`);
  }
});

Deno.test("RateLimits: the sum of instances is bounded by what arrives at the others in a second", async () => {
  const { all, pass } = cluster(4, "device:10");
  let admitted = 0;
  // Two hundred a second, fifty at each.
  await pass(10_000, () => {
    for (const limits of all) if (limits.admit(principal("a")).isAdmitted) admitted++;
  });
  ok(admitted >= 100 && admitted <= 100 + 3 * 50, String(admitted));
  const before = admitted;
  await pass(30_000, () => {
    for (const limits of all) if (limits.admit(principal("a")).isAdmitted) admitted++;
  });
  ok(admitted - before <= 30 * 10 + 3 * 50, String(admitted - before));
});

Deno.test("RateLimits: who is far from a limit is not told of, and all of it is once it is near", async () => {
  const inner = memoryRateStore();
  const told: number[] = [];
  const store: RateStore = {
    ...inner,
    merge: (counts) => {
      told.push(...counts.map(({ count }) => count));
      return inner.merge(counts);
    },
  };
  const { all: [one, two], pass } = cluster(2, "device:32,site:3200", store);
  for (let i = 0; i < 9; i++) one!.admit(principal("a"));
  await pass(1_000);
  deepStrictEqual(told, []);
  one!.admit(principal("a"));
  await pass(1_000);
  deepStrictEqual(told, [10]);
  for (let i = 0; i < 310; i++) two!.admit(principal("a"));
  await pass(1_000);
  strictEqual(two!.admit(principal("a")).isAdmitted, false, "ten of the other, and its own");
});

Deno.test("RateLimits: signing in is counted in the store before it is answered", async () => {
  const { all, bans, pass } = cluster(5, "sign-in:1");
  let admitted = 0;
  for (let i = 0; i < 60; i++) {
    if ((await all[i % 5]!.admitSignIn("192.0.2.1")).isAdmitted) admitted++;
  }
  strictEqual(admitted, 10);
  strictEqual((await all[0]!.admitSignIn("192.0.2.2")).isAdmitted, true, "another address");
  strictEqual(bans.length, 1, "one event, though all five refuse");
  // At once rather than one after the other: no more than fit.
  await pass(30_000);
  const verdicts = await Promise.all(
    Array.from({ length: 60 }, (_, i) => all[i % 5]!.admitSignIn("192.0.2.1")),
  );
  ok(verdicts.filter(({ isAdmitted }) => isAdmitted).length <= 10);
});

Deno.test("RateLimits: an address counts what has no good credential; IPv6 by network", () => {
  const { all: [limits] } = cluster(1, "address:1,device:100");
  let admitted = 0;
  for (let i = 0; i < 100; i++) {
    if (limits!.admitAddress(`2001:db8::${i.toString(16)}`).isAdmitted) admitted++;
  }
  strictEqual(admitted, 10);
  ok(limits!.admitAddress("2001:db8:0:1::1").isAdmitted);
  ok(limits!.admit(principal("a")).isAdmitted, "a good credential behind the same address");
});

Deno.test("RateLimits: without the store each instance holds to its own counts, and tells them later", async () => {
  const inner = memoryRateStore();
  let isAway = true;
  const store: RateStore = {
    merge: (counts) => isAway ? Promise.reject(new Error("away")) : inner.merge(counts),
    forget: (window) => inner.forget(window),
  };
  const { all, pass, away, bans } = cluster(2, "device:1,sign-in:1", store);
  for (let i = 0; i < 30; i++) all[0]!.admit(principal("a"));
  strictEqual(all[0]!.admit(principal("a")).isAdmitted, false);
  for (let i = 0; i < 11; i++) await all[0]!.admitSignIn("192.0.2.1");
  strictEqual((await all[0]!.admitSignIn("192.0.2.1")).isAdmitted, false);
  await pass(1_000);
  ok(away() > 0);
  strictEqual(bans.length, 2);
  isAway = false;
  await pass(1_000);
  all[1]!.admit(principal("a"));
  await pass(1_000);
  strictEqual(
    all[1]!.admit(principal("a")).isAdmitted,
    false,
    "heard what the other had let through",
  );
});

Deno.test("RateLimits: a ban is told anew after a window without a refusal, who went away is forgotten", async () => {
  const { all: [limits], bans, pass } = cluster(1, "device:1");
  const burst = () => {
    for (let i = 0; i < 40; i++) limits!.admit(principal("a"));
  };
  burst();
  await pass(3_000);
  burst();
  await pass(60_000);
  strictEqual(bans.length, 1);
  burst();
  await pass(60_000);
  strictEqual(bans.length, 2);
  deepStrictEqual([...limits!.bans], [["device", 2]]);
});

Deno.test("RateLimits: a flood of addresses shares one count instead of taking memory", () => {
  const { all: [limits] } = cluster(1, "address:0.1");
  for (let i = 0; i < 50_000; i++) limits!.admitAddress(`10.${i >> 16}.${i >> 8 & 255}.${i & 255}`);
  ok(limits!.admitAddress("192.0.2.1").isAdmitted);
  strictEqual(limits!.admitAddress("192.0.2.2").isAdmitted, false);
});

Deno.test("parseRateRules() refuses what it cannot read", () => {
  strictEqual(parseRateRules("").site, 50_000);
  strictEqual(parseRateRules("device:0.1, site:7").device, 1);
  for (
    const bad of [
      "device",
      "devices:1",
      "device:0",
      "device:-1",
      "device:1,device:2",
      "site:1e9",
      "site:x",
    ]
  ) {
    throws(() => parseRateRules(bad), /Cannot read limits/, bad);
    strictEqual(rateRules().safeParse(bad).success, false);
  }
});
