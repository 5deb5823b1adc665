/**
 * Faults. Strange requests for every route of ingest and query (goals D9, D10).
 *
 * @module
 */

import { ROLES } from "@wavekeep/core/service";
import { prng } from "../../../core/testing/prng.ts";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { LabClient } from "../lab_client.ts";
import { LabStream } from "../lab_stream.ts";
import { onStage } from "../on_stage.ts";
import type { ServiceProcess } from "../service_process.ts";
import type { Stage } from "../stage.ts";
import { type ApiDocument, type StrangeRequest, StrangeRequests } from "../strange_requests.ts";

const AT_ONCE = 8;
/** Streams of events have no end; nothing else takes so long. */
const TIMEOUT_MS = 30_000;
const CHUNKS = 5;
/** Requests that fail are told up to here. */
const TOLD_MAX = 20;

export const strangeRequests: Campaign = {
  name: "strange requests",
  what: "sends every route of ingest and query paths, parameters, headers and bodies of nonsense",
  must: "0 answers of 500 and above, every refusal a problem document, no service ends",
  full: 100_000,
  small: 1_000,
  unit: "requests",
  run: (options) => onStage(options, (stage) => runStrange(stage, options)),
};

async function runStrange(
  stage: Stage,
  { count, seed, signal, onProgress }: CampaignOptions,
): Promise<CampaignResult> {
  await using services = new AsyncDisposableStack();
  const ingest = services.use(await stage.service("ingest"));
  const query = services.use(await stage.service("query"));
  ingest.start();
  query.start();
  await Promise.all([ingest.ready(), query.ready()]);
  const stream = await recorded(stage, ingest, seed);
  const known = {
    "patient_id": stream.codes.patientId,
    "recording_id": stream.codes.recordingId,
    "segment_id": stream.segmentId,
    stream: "0",
    sequence: "1",
    start: "0",
    end: "3",
    digest: "0".repeat(64),
    "idempotency_key": "ab".repeat(16),
    "device_id": "amp-1",
  };
  const targets = await Promise.all([ingest, query].map(async (service) => ({
    service,
    requests: new StrangeRequests(await documentOf(service), known),
  })));
  const tokens = await Promise.all(ROLES.map((role) => stage.token(role, `lab-strange-${role}`)));
  using http = Deno.createHttpClient({ poolMaxIdlePerHost: AT_ONCE });

  const violations: string[] = [];
  const statuses = new Map<string, number>();
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < count) {
      signal.throwIfAborted();
      const index = next++;
      const random = prng((seed + index) >>> 0);
      const { service, requests } = random.pick(targets);
      const request = requests.next(random);
      const { status, complaint } = await ask(service, http, {
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${random.pick(tokens)}` },
      });
      const group = status === undefined ? "no answer" : `${Math.floor(status / 100)}xx`;
      statuses.set(group, (statuses.get(group) ?? 0) + 1);
      if (complaint !== undefined && violations.length < TOLD_MAX) {
        violations.push(`request ${index}: ${request.method} ${shortened(request)}: ${complaint}`);
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const { task, deaths } of [ingest, query]) {
    if (deaths.length > 0) violations.push(`${task} ended by itself: ${deaths}`);
  }
  return {
    done,
    violations,
    figures: Object.fromEntries(
      [...statuses].sort().map(([group, number]) => [`answers ${group}`, number]),
    ),
  };
}

/** What an answer says wrong, if anything. */
async function ask(
  service: ServiceProcess,
  http: Deno.HttpClient,
  { method, path, headers, body }: StrangeRequest,
): Promise<{ status: number | undefined; complaint: string | undefined }> {
  let response: Response;
  try {
    response = await fetch(service.url + path, {
      method,
      headers,
      client: http,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return { status: undefined, complaint: `no answer: ${error}` };
  }
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return { status, complaint: undefined };
  }
  const text = await response.text().catch((error) => `no end: ${error}`);
  if (status >= 500) return { status, complaint: `${status} ${text.slice(0, 300)}` };
  if (response.headers.has("x-injected")) return { status, complaint: "a header was injected" };
  const isProblem = type.startsWith("application/problem+json");
  // A batch whose chunks all failed says so for each of them.
  if (status >= 400 && !isProblem) {
    return { status, complaint: `${status} without a problem: ${type}` };
  }
  return { status, complaint: undefined };
}

async function recorded(stage: Stage, ingest: ServiceProcess, seed: number): Promise<LabStream> {
  const stream = new LabStream({ code: `strange-${seed.toString(36)}`, seed });
  using client = await LabClient.of(stage, "lab-strange-device");
  await client.open(ingest.url, stream);
  for (const { sequence, bytes } of stream.chunks()) {
    if (sequence === CHUNKS) break;
    await client.send(ingest.url, { method: "PUT", path: stream.path(sequence), body: bytes });
  }
  return stream;
}

async function documentOf(service: ServiceProcess): Promise<ApiDocument> {
  return await (await fetch(`${service.url}/openapi.json`)).json();
}

function shortened({ path, body }: StrangeRequest): string {
  return `${path.slice(0, 200)} ${(body ?? "").slice(0, 200)}`.trim();
}
