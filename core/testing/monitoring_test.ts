/**
 * The dashboard and the alert rules name what is there: metrics, problem types, routes.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parse } from "yaml";
import { AccountsMetrics, type SignInOutcome } from "../../ingest/accounts/metrics.ts";
import { IngestMetrics } from "../../ingest/metrics.ts";
import { renderMetrics } from "../../ingest/relay/metrics.ts";
import { QueryMetrics } from "../../query/metrics.ts";
import { memoryQuery } from "../../query/testing/memory_query.ts";
import { PROBLEMS } from "../problem/mod.ts";
import { observeRateLimits } from "../service/open_rate_limits.ts";
import { countLostEvents, observeLedger, observeRevocations } from "../service/service_metrics.ts";

const FOLDER = new URL("../deployment/", import.meta.url);
const read = (name: string) => Deno.readTextFile(new URL(name, FOLDER));

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly w: number };
  readonly targets?: readonly { readonly expr: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

/** As the accounts service counts them; a name that is none of them is a type error. */
const SIGN_IN_OUTCOMES: ReadonlySet<string> = new Set<SignInOutcome>([
  ...(["password", "totp", "recovery", "passkey", "link", "unlock"] as const).flatMap(
    (way) => [`${way}-passed`, `${way}-refused`] as const,
  ),
  "locked-out",
]);

/** Names of all metrics of ingest, query, accounts and relay, and routes of query. */
async function known(): Promise<{ names: Set<string>; routes: Set<string> }> {
  const ingest = new IngestMetrics();
  ingest.observe({
    commits: { figures: () => ({ waitingChunks: 0, waitingBytes: 0, running: 0 }) } as never,
    verifier: {} as never,
    pools: {},
  });
  const query = new QueryMetrics();
  const { app, deps } = await memoryQuery();
  query.observeTails({ size: 0 });
  query.observe({
    ...deps,
    scrubFigures: () => Promise.resolve({} as never),
    logFigures: () => Promise.resolve({ publishedSize: 1, publishedSeconds: 1 } as never),
  });
  const relay = renderMetrics({ spool: { setAside: [] }, drain: {}, clock: {} } as never);
  const accounts = new AccountsMetrics();
  observeRevocations(accounts.registry, { ageMs: 0 });
  observeLedger(query.registry, { failures: 0, unwrittenMs: 0 });
  observeRateLimits(query.registry, { refusals: new Map(), bans: new Map(), mergedAt: 0 });
  countLostEvents(query.registry);
  accounts.signIn("passkey-passed");
  const text = await ingest.registry.render() + await query.registry.render() +
    await accounts.registry.render() + relay;
  return {
    names: new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!)),
    routes: new Set(app.routes.map(({ path }) => path)),
  };
}

/** What is wrong with an expression: names that nobody has, brackets that do not close. */
function faultsOf(expr: string, { names, routes }: Awaited<ReturnType<typeof known>>): string[] {
  const faults = [];
  const found = [...expr.matchAll(/\bwavekeep_\w+/g)].map(([name]) =>
    name.replace(/_(bucket|count|sum)$/, "")
  );
  if (found.length === 0 && !expr.startsWith("up{")) faults.push("names no metric");
  faults.push(...found.filter((name) => !names.has(name)));
  for (const [, slug] of expr.matchAll(/problem="([^"]+)"/g)) {
    if (!(slug! in PROBLEMS)) faults.push(`problem ${slug}`);
  }
  for (const [, route] of expr.matchAll(/route="([^"]+)"/g)) {
    if (!routes.has(route!)) faults.push(`route ${route}`);
  }
  for (const [, outcome] of expr.matchAll(/outcome="([^"]+)"/g)) {
    if (!SIGN_IN_OUTCOMES.has(outcome!)) faults.push(`outcome ${outcome}`);
  }
  for (const [, outcomes] of expr.matchAll(/outcome=~"\(([^"]+)\)-refused"/g)) {
    const unknown = outcomes!.split("|").filter((way) => !SIGN_IN_OUTCOMES.has(`${way}-refused`));
    faults.push(...unknown.map((way) => `outcome ${way}`));
  }
  for (const [open, close] of ["()", "{}", "[]"]) {
    if (expr.split(open!).length !== expr.split(close!).length) faults.push(`${open}${close}`);
  }
  return faults.map((fault) => `${fault} in ${expr}`);
}

Deno.test("grafana_dashboard.json and prometheus_alerts.yaml name what is measured", async () => {
  const facts = await known();
  const { panels } = JSON.parse(await read("grafana_dashboard.json")) as { panels: Panel[] };
  strictEqual(new Set(panels.map(({ id }) => id)).size, panels.length, "ids of panels differ");
  ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
  const { groups } = parse(await read("prometheus_alerts.yaml")) as {
    groups: { name: string; rules: Rule[] }[];
  };
  const rules = groups.flatMap(({ rules }) => rules);
  strictEqual(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations } of rules) {
    ok(["critical", "warning"].includes(labels.severity), alert);
    ok(annotations.summary.length > 0 && annotations.action.length > 0, alert);
  }
  const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const all = [...shown, ...rules.map(({ expr }) => expr)];
  deepStrictEqual(all.flatMap((expr) => faultsOf(expr, facts)), []);
  ok(faultsOf('rate(wavekeep_nothing{problem="nothing"}[5m]', facts).length === 3, "can fail");
  // Who adds a metric of what goes wrong puts it where somebody sees it.
  const seen = new Set(
    all.flatMap((expr) =>
      [...expr.matchAll(/\bwavekeep_\w+/g)].map(([name]) =>
        name.replace(/_(bucket|count|sum)$/, "")
      )
    ),
  );
  deepStrictEqual(
    [...facts.names].filter((name) => !seen.has(name) && !name.startsWith("wavekeep_relay_")),
    ["wavekeep_scrub_checked_rows"],
  );
});

Deno.test("prometheus.yaml asks the jobs that the alert rules name, with a token", async () => {
  const config = parse(await read("prometheus.yaml")) as {
    rule_files: string[];
    scrape_configs: { job_name: string; authorization: { credentials_file: string } }[];
  };
  deepStrictEqual(config.rule_files, ["prometheus_alerts.yaml"]);
  const jobs = config.scrape_configs.map(({ job_name }) => job_name);
  deepStrictEqual(jobs, [
    "wavekeep-ingest",
    "wavekeep-query",
    "wavekeep-accounts",
    "wavekeep-relay",
  ]);
  ok(config.scrape_configs.every(({ authorization }) => authorization.credentials_file));
  const alerts = await read("prometheus_alerts.yaml");
  for (const [, job] of alerts.matchAll(/job="([^"]+)"/g)) ok(jobs.includes(job!), job!);
});
