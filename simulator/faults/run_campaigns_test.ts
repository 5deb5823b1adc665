import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Campaign } from "./campaign.ts";
import type { FaultRow } from "./report.ts";
import { runCampaigns } from "./run_campaigns.ts";

const campaign = (name: string, isAlone = false): Campaign => ({
  name,
  what: "",
  must: "",
  full: 1,
  small: 1,
  unit: "tries",
  isAlone,
  run: () => Promise.resolve({ done: 1, violations: [], figures: {} }),
});
const CAMPAIGNS = [campaign("a"), campaign("b"), campaign("timed", true), campaign("c")];
const rowOf = ({ name }: Campaign) => ({ name }) as FaultRow;

Deno.test("runCampaigns() runs as many at once as asked, and alone who wants to be", async () => {
  const running = new Set<string>();
  const seen: string[][] = [];
  const order: string[] = [];
  const rows = await runCampaigns(CAMPAIGNS, {
    atOnce: 2,
    async run(each) {
      running.add(each.name);
      seen.push([...running]);
      await Promise.resolve();
      running.delete(each.name);
      return rowOf(each);
    },
    onRow: ({ name }) => void order.push(name),
  });
  deepStrictEqual(rows.map(({ name }) => name), ["a", "b", "timed", "c"]);
  strictEqual(order[0], "timed");
  deepStrictEqual(seen.slice(0, 3), [["timed"], ["a"], ["a", "b"]]);
  strictEqual(Math.max(...seen.map((names) => names.length)), 2);
});

Deno.test("runCampaigns() starts nothing more after an interruption, and keeps what is done", async () => {
  const started: string[] = [];
  const rows = await runCampaigns(CAMPAIGNS, {
    atOnce: 1,
    run(each) {
      started.push(each.name);
      return Promise.resolve(each.name === "b" ? undefined : rowOf(each));
    },
    onRow() {},
  });
  deepStrictEqual(started, ["timed", "a", "b"]);
  deepStrictEqual(rows.map(({ name }) => name), ["a", "timed"]);
});
