import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TEST_HEAD } from "../../core/testing/machine.ts";
import type { Curve } from "../curves.ts";
import type { Report } from "../report.ts";
import { measuredRow, rowPlan } from "../rows.ts";
import { curveSvg } from "./plots.ts";
import { resultsPage } from "./results_page.ts";
import { scaleOf } from "./scale.ts";

const CURVE: Curve = {
  name: "Latency <of> devices",
  x: { label: "devices", scale: "log" },
  y: { label: "latency, ms", scale: "log" },
  must: 100,
  lines: [
    { name: "p50", points: [[1, 2], [10, 2.5], [2000, 9]] },
    { name: "p99", points: [[1, 4], [10, 9], [2000, 60]] },
  ],
};

const REPORT: Report = {
  ...TEST_HEAD,
  cpu: "Test & Co",
  workload: "default",
  only: null,
  "elapsed_seconds": 1,
  rows: [
    measuredRow(rowPlan("a", "ms", { must: 1.5 }), 1, 50),
    measuredRow(rowPlan("b", "M samples/s", { must: 30 }), 28, null),
    measuredRow(rowPlan("c", "errors", { must: 0 }), 0, null),
    measuredRow(rowPlan("d", "s"), 3, null),
  ],
  curves: [CURVE],
};

Deno.test("scaleOf() holds every value between its ends, and ticks lie on it", () => {
  const cases = [
    ["linear", [0, 3, 17]],
    ["linear", [5]],
    ["log", [1, 10, 2000]],
    ["log", [3.3]],
    ["log", [0, 0.02, 5]],
    ["log", [0]],
    ["nines", [0.01, 0.5, 0.999]],
  ] as const;
  for (const [kind, values] of cases) {
    const scale = scaleOf(kind, values);
    const places = [...values, ...scale.ticks.map(({ value }) => value)].map(scale.place);
    ok(places.every((place) => place > -1e-9 && place < 1 + 1e-9), `${kind} ${values}: ${places}`);
    ok(scale.ticks.length >= 2 && scale.ticks.length <= 12, `${kind} ${values}`);
  }
});

Deno.test("scaleOf() puts nines at equal distances", () => {
  const { place } = scaleOf("nines", [0.999]);
  const distances = [0.9, 0.99, 0.999].map(place);
  deepStrictEqual(distances.map((at) => at.toFixed(6)), ["0.333333", "0.666667", "1.000000"]);
});

Deno.test("curveSvg() draws every line, labels it, and shows the bound", () => {
  const text = curveSvg(CURVE);
  strictEqual(text.match(/<polyline/g)?.length, 2);
  strictEqual(text.match(/<circle/g)?.length, 6);
  ok(text.includes("must 100") && text.includes(">p99</text>"));
  ok(text.includes("Latency &lt;of&gt; devices") && !text.includes("NaN"));
});

Deno.test("resultsPage() is one page that needs nothing else, with every row and the bounds", () => {
  const html = resultsPage(REPORT);
  ok(!/(src|href)=|@import|url\(/.test(html), "refers to something outside");
  for (const { name } of REPORT.rows) ok(html.includes(`<td>${name}</td>`), name);
  ok(html.includes("2 of 3 kept") && html.includes("Test &amp; Co"));
  ok(html.includes("1 ms, at most 1.5") && html.includes("28 M samples/s, at least 30"));
  ok(!html.includes("NaN") && !html.includes("Infinity"));
});

Deno.test("resultsPage() does without bounds and curves", () => {
  const { curves: _, ...rest } = REPORT;
  const html = resultsPage({ ...rest, rows: rest.rows.slice(3) });
  ok(!html.includes("<svg") && html.includes("<td>d</td>"));
});
