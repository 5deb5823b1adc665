/**
 * Requests with names, numbers, dates, labels and samples of nobody wherever a client can write something, for every
 * route that a table has; and a file that names its patient wherever a file can.
 *
 * @module
 */

import { isOpen, parseRouteName, permits, ROLES, type RouteTable } from "@wavekeep/core/service";
import { annotationSignal, edfFromSpec, timekeeping } from "./edf_from_spec.ts";
import { CANARIES, type Said } from "./phi_canaries.ts";

/** A text of all of them, for wherever a caller writes a text. */
const POISON = Object.values(CANARIES).join(" ");

/** As a code, where only a code gets past the schema. */
const POISON_CODE = `${CANARIES.name}.${CANARIES.hospitalNumber}`;

const HEADERS = {
  "user-agent": POISON,
  "x-request-id": POISON_CODE,
  "accept-language": POISON,
  "referer": `http://localhost/${POISON_CODE}?name=${POISON_CODE}`,
  "if-none-match": `"${POISON_CODE}"`,
  "wavekeep-device": POISON_CODE,
  // What telemetry hands on from one service to the next.
  "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "tracestate": `canary=${POISON_CODE}`,
  "baggage": `name=${POISON_CODE}`,
} as const;

/** Ways of being wrong; each with what it makes of a request. */
export function* poisoned(
  method: string,
  pattern: string,
): Iterable<{ path: string; init: RequestInit }> {
  const real = pattern.replaceAll(/:(\w+)(\{[^}]*\})?/g, "p-1");
  const path = pattern.replaceAll(/:(\w+)(\{[^}]*\})?/g, encodeURIComponent(POISON_CODE));
  const search = new URLSearchParams(
    [
      "patient_id",
      "recording_id",
      "start",
      "end",
      "channels",
      "coordinate",
      "after",
      "as_of",
      "kind",
    ]
      .map((name) => [name, POISON]),
  );
  const codes = new URLSearchParams({
    patient_id: POISON_CODE,
    recording_id: POISON_CODE,
    start: "0",
    end: "1",
    columns: "4",
    channels: CANARIES.label,
  });
  const hasBody = method !== "GET";
  const body = (type: string, text: string): RequestInit => ({
    headers: { ...HEADERS, "content-type": type, "content-length": String(text.length) },
    body: text,
  });
  yield { path, init: { headers: HEADERS } };
  yield { path: `${real}?${search}`, init: { headers: { ...HEADERS, accept: POISON_CODE } } };
  yield { path: `${path}?${codes}`, init: { headers: HEADERS } };
  if (!hasBody) return;
  const texts = Object.fromEntries(
    [
      "patient_id",
      "recording_id",
      "login",
      "password",
      "display_name",
      "text",
      "reason",
      "name",
      "code",
    ]
      .map((name) => [name, POISON_CODE]),
  );
  const marks = [{ text: POISON, kind: POISON, anchor: { onset: CANARIES.sample } }];
  yield { path, init: body("application/json", JSON.stringify({ ...texts, annotations: marks })) };
  yield { path, init: body("application/json", `{"patient_id": ${POISON}`) };
  yield { path, init: body(POISON_CODE, POISON) };
  yield { path, init: body("application/vnd.wavekeep.chunks", `WKC1${POISON.repeat(8)}`) };
}

/** A file that names its patient wherever a file can. */
export function canaryFile(): Uint8Array<ArrayBuffer> {
  const samples = Array.from({ length: 64 }, () => Number(CANARIES.sample));
  const marks = `${timekeeping(0)}+0.5\x14${CANARIES.mark}\x14\0`;
  return edfFromSpec({
    patientId: `${CANARIES.hospitalNumber} F ${CANARIES.birthDate} ${CANARIES.name}`,
    recordingId: `Startdate 01-FEB-2003 ${CANARIES.hospitalNumber} ${CANARIES.name} X`,
    reserved: "EDF+C",
    signals: [
      { label: CANARIES.label, unit: "uV", transducer: CANARIES.name, records: [samples] },
      annotationSignal([marks]),
    ],
  });
}

/** Where the file lies for as long as `work` takes: its name is somebody's, too. */
export async function withCanaryFile<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/${CANARIES.file}.edf`;
    await Deno.writeFile(path, canaryFile());
    return await work(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Asks every route of a table in every way of being wrong: as nobody, with a credential that is none, and as a role
 * that may. Everything that is said goes into `said`.
 */
export async function askAll(
  said: Said,
  table: RouteTable,
  ask: (path: string, init: RequestInit, role?: (typeof ROLES)[number]) => Promise<Response>,
): Promise<void> {
  for (const [name, rule] of Object.entries(table)) {
    const { method, path: pattern } = parseRouteName(name);
    const allowed = isOpen(rule)
      ? []
      : ROLES.filter((role) => permits({ role }, rule.action)).slice(0, 1);
    let isFirst = true;
    for (const { path, init } of poisoned(method, pattern)) {
      // Nobody, a credential that is none, and one that is right.
      if (isFirst || isOpen(rule)) await said.answer(name, await ask(path, { ...init, method }));
      if (isFirst) {
        const headers = { ...init.headers, authorization: `Bearer ${POISON_CODE}` };
        await said.answer(name, await ask(path, { ...init, headers, method }));
      }
      isFirst = false;
      for (const role of allowed) {
        await said.answer(`${name} by ${role}`, await ask(path, { ...init, method }, role));
      }
    }
  }
}
