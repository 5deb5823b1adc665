import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isOpen, QUERY_ROUTES, type ToldAccess } from "@wavekeep/core/service";
import { AUDITED_ROUTES } from "./audited_routes.ts";
import { createApp } from "./app.ts";
import { ExportJobs } from "./bundle/export_jobs.ts";
import { type MemoryQuery, memoryQuery } from "./testing/memory_query.ts";

const ID = "0".repeat(32);

/** Real values for the parameters of a pattern. */
function pathOf({ store, deps }: MemoryQuery, pattern: string, ids: Partial<JobIds> = {}): string {
  const [recording] = store.recordings;
  const isResearch = isOfResearch(pattern);
  const names = deps.research.namesOf(1);
  const [patient, code] = isResearch
    ? [names.patient("p1"), names.recording(recording!.recording.recordingId)]
    : ["p1", "r1"];
  const exportId = (isResearch ? ids.research : ids.care) ?? ID;
  const path = pattern
    .replace(":patient_id", patient!).replace(":recording_id", code!).replace(":stream", "0")
    .replace(":sequence", "0").replace(":segment_id", recording!.segments[0]!.segmentId)
    .replace(":annotation_id", recording!.annotations[0]!.annotationId)
    .replace(":digest", "0".repeat(64)).replace(":export_id", exportId);
  const window = `?${isResearch ? "" : "patient_id=p1&recording_id=r1&"}start=0&end=1`;
  if (path.endsWith("/eeg")) return path + window;
  return /\/(envelope|trends)$/.test(path) ? `${path}${window}&columns=10` : path;
}

/** An export of each side. */
interface JobIds {
  readonly care: string;
  readonly research: string;
}

/** Whether a route is for researchers, under their names of things. */
function isOfResearch(pattern: string): boolean {
  return pattern.startsWith("/research/");
}

/** Who may use a route. */
function roleOf(pattern: string): "clinician" | "researcher" | "auditor" {
  if (pattern.startsWith("/audit/")) return "auditor";
  return isOfResearch(pattern) ? "researcher" : "clinician";
}

const AUDITED = Object.entries(AUDITED_ROUTES).flatMap(([route, audited]) => {
  if (!("thing" in audited)) return [];
  const [method = "", pattern = ""] = route.split(" ");
  return [{ route, method, pattern, ...audited }];
});

Deno.test("every guarded route of query has its line of what it leaves, and no line is too many", () => {
  const guarded = Object.entries(QUERY_ROUTES).filter(([, rule]) => !isOpen(rule));
  deepStrictEqual(Object.keys(AUDITED_ROUTES).sort(), guarded.map(([name]) => name).sort());
});

/** Asks a route once, reads the answer to its end, and gives what it left. */
async function ask(
  query: MemoryQuery,
  { method, path, token = "clinician.1" }: { method: string; path: string; token?: string },
): Promise<
  { status: number; text: string; cache: string | null; grants: number; told: ToldAccess[] }
> {
  const { audit, deps } = query;
  const before = { grants: audit.accesses.length, told: audit.outcomes.length };
  const ending = new AbortController();
  const response = await query.app.request(path, {
    method,
    signal: ending.signal,
    headers: { authorization: `Bearer ${token}` },
    ...(method === "POST" && isOfResearch(path) ? { body: `{"bids":{"task":"rest"}}` } : {}),
  });
  // An event stream has no end of its own.
  const isLive = response.headers.get("content-type") === "text/event-stream";
  const text = isLive ? "" : await response.text();
  if (isLive) await response.body?.cancel();
  await deps.ledger.flush();
  return {
    status: response.status,
    text,
    cache: response.headers.get("cache-control"),
    grants: audit.accesses.length - before.grants,
    told: audit.outcomes.slice(before.told),
  };
}

const RECORDING = {
  segments: [{ streams: [{ sequences: [0, 1] }] }],
  annotations: [{ onset: "0.5", text: "CANARY-TEXT" }],
};

async function withExports(run: (query: MemoryQuery, ids: JobIds) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const query = await memoryQuery(RECORDING);
  query.store.consents.set("1/p1", { care: "allowed", research: "allowed" });
  // Researchers see what is closed.
  Object.assign(query.store.recordings[0]!.recording, { isClosed: true });
  const exports = await ExportJobs.open(query.deps, folder);
  try {
    const app = createApp({ ...query.deps, exports });
    const { recording } = query.store.recordings[0]!;
    const order = {
      siteId: 1,
      actor: "clinician.1",
      requestId: "made",
      recording,
      earlierSizes: [],
      original: false,
      bids: {
        subject: undefined,
        session: undefined,
        task: "rest",
        reference: "n/a",
        power_line_frequency: 50,
        software_filters: "n/a",
      } as never,
    };
    const job = await exports.start(order);
    const research = await exports.start({ ...order, names: query.deps.research.namesOf(1) });
    await exports.settled();
    await run({ ...query, app }, { care: job.id, research: research.id });
  } finally {
    await exports.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("every audited route leaves one grant for all requests it covers, and one row of what came of them", async () => {
  await withExports(async (query, ids) => {
    const { recordingId } = query.store.recordings[0]!.recording;
    for (const { route, method, pattern, thing, grants, shown } of AUDITED) {
      // The last ones: nothing is left of the job then.
      if (method === "DELETE") continue;
      query.clock.aheadMs += 3_600_000;
      const path = pathOf(query, pattern, ids);
      const role = roleOf(pattern);
      const token = `${role}.1`;
      const first = await ask(query, { method, path, token });
      // That a recording has no such set, or a chunk no proof yet, is told under a grant, too.
      const isFound = first.status !== 404;
      const isGranted = grants && (isFound || /:digest|chunks.*proof/.test(pattern));
      strictEqual(first.grants, isGranted ? 1 : 0, `${route}: ${first.status}`);
      // Whatever is said about health data, nobody on the way keeps it.
      const cache = first.status < 300 ? "private, no-store" : "no-store";
      strictEqual(first.cache, cache, `${route}: ${first.status}`);
      if (shown !== undefined && first.status < 300) {
        deepStrictEqual(query.audit.exports.at(-1)?.kind, shown.replace("export.", ""), route);
        strictEqual(first.told.length, 0, route);
        continue;
      }
      strictEqual(first.told.length, 1, route);
      const [told] = first.told;
      const outcome = first.status < 300 ? "shown" : isFound ? "failed" : "not-found";
      deepStrictEqual(
        [told!.thing, told!.outcome, told!.actor, told!.role, told!.count],
        [thing, outcome, token, role, 1],
        route,
      );
      const isOfNone = thing === "list" || !isGranted;
      strictEqual(told!.recordingId, isOfNone ? null : recordingId, route);
      const again = await ask(query, { method, path, token });
      strictEqual(again.grants, 0, `${route}: a second request is covered`);
      strictEqual(again.told.length, 1, route);
    }
  });
});

Deno.test("every audited route leaves who was refused, whose recording it would have been, and no grant", async () => {
  await withExports(async (query, ids) => {
    const { recordingId } = query.store.recordings[0]!.recording;
    for (const { route, method, pattern } of AUDITED) {
      const path = pathOf(query, pattern, ids);
      const { status, grants, told } = await ask(query, { method, path, token: "device.1" });
      strictEqual(status, 403, route);
      strictEqual(grants, 0, route);
      deepStrictEqual(told.map(({ outcome, actor, count }) => [outcome, actor, count]), [
        ["refused", "device.1", 1],
      ], route);
      // A pseudonym is looked up for nobody who may not.
      const isNamed = !isOfResearch(pattern) &&
        (pattern.includes(":recording_id") || pattern.includes(":segment_id") ||
          path.includes("?"));
      strictEqual(told[0]!.recordingId, isNamed ? recordingId : null, route);
    }
  });
});

Deno.test("every audited route shows a restricted patient to nobody, and writes down who wanted to look", async () => {
  await withExports(async (query, ids) => {
    const { recordingId } = query.store.recordings[0]!.recording;
    query.store.consents.set("1/p1", { care: "restricted", research: "allowed" });
    for (const { route, method, pattern, grants, thing } of AUDITED) {
      // A list is not refused; what a job is about is told with its file alone.
      if (!grants || thing === "list") continue;
      query.clock.aheadMs += 3_600_000;
      const path = pathOf(query, pattern, ids);
      const isResearch = isOfResearch(pattern);
      const asked = { method, path, token: `${roleOf(pattern)}.1` };
      const { status, text, grants: written, told } = await ask(query, asked);
      strictEqual(status, isResearch ? 404 : 403, `${route}: ${text}`);
      ok(text.includes(isResearch ? "not-found" : "patient-restricted"), route);
      ok(!text.includes("CANARY-TEXT"), route);
      strictEqual(written, 0, route);
      const [{ outcome, recordingId: wanted }] = told as [ToldAccess];
      strictEqual(outcome, isResearch ? "not-found" : "refused", route);
      if (!isResearch) strictEqual(wanted, recordingId, route);
    }
  });
});

Deno.test("every audited route gives nothing while accesses cannot be written down", async () => {
  await withExports(async (query, ids) => {
    for (const { route, method, pattern, grants } of AUDITED) {
      if (!grants || pattern.includes(":digest")) continue;
      query.clock.aheadMs += 3_600_000;
      const path = pathOf(query, pattern, ids);
      query.audit.fault = new Error("primary is away");
      const { status, text } = await ask(query, { method, path, token: `${roleOf(pattern)}.1` });
      query.audit.fault = undefined;
      strictEqual(status, 503, route);
      ok(text.includes("the access could not be recorded"), route);
      ok(!text.includes("CANARY-TEXT") && !text.includes("r1"), route);
    }
  });
});

Deno.test("a page of samples leaves its seconds, pages in a row leave one stretch", async () => {
  const query = await memoryQuery(RECORDING);
  const { deps, audit } = query;
  for (const [start, end] of [["0", "1"], ["0.5", "1.5"], ["1.5", "1.75"]]) {
    const path = `/eeg?patient_id=p1&recording_id=r1&start=${start}&end=${end}`;
    await (await query.get(path)).text();
  }
  await deps.ledger.flush();
  deepStrictEqual(audit.outcomes.map(({ count, ranges }) => ({ count, ranges })), [
    { count: 3, ranges: [[0, 1750]] },
  ]);
});

Deno.test("what a caller made up is in no row", async () => {
  const query = await memoryQuery(RECORDING);
  for (const token of ["clinician.1", "device.1"]) {
    await ask(query, {
      method: "GET",
      path: "/patients/JANE-DOE/recordings/CANARY-R?x=CANARY-Q",
      token,
    });
  }
  const text = JSON.stringify([query.audit.outcomes, query.audit.accesses, query.log]);
  strictEqual(query.audit.outcomes.length, 2);
  ok(!/CANARY|JANE/.test(text), text);
});
