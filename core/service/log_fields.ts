/**
 * Layer 6. Every field that a log line may have: what is not here is left out of it.
 *
 * Sole owner of the list; `core/deployment/log_schema.json` and `log.md` are made from it. An allow-list, because
 * a list of what must not be logged is never whole. Hazard: a field's name says nothing of what is put into it:
 * ids, numbers and words of ours go in, nothing that a caller or a patient wrote. A test pushes names, numbers
 * and samples through every route and looks for them in every line.
 *
 * @module
 */

/** What a field holds. */
export type LogFieldType = "string" | "number" | "boolean" | "array" | "error" | "any";

type Field = readonly [type: LogFieldType, means: string];

/** By name, with what each means. */
export const LOG_FIELDS = {
  // Of every line.
  time: ["string", "When, RFC 3339, UTC"],
  level: ["string", "`error` needs a person, `warn` is degraded, `info` a change of state"],
  msg: ["string", "What happened: a constant phrase"],
  service: ["string", "Which process says so"],
  dropped: ["array", "Names of fields that are not in this list, left out: a fault of ours"],
  // Of a request.
  requestId: ["string", "Names the request, in its answer's header and in a problem document too"],
  method: ["string", "Of the request"],
  route: ["string", "Pattern of the route that answered, never the path"],
  status: ["number", "Of the answer"],
  elapsedMs: ["number", "How long it took"],
  problem: ["string", "Type of the problem that is the answer"],
  detail: ["string", "What the problem document says, without what the request said"],
  subject: ["string", "Who asked: subject of the credential"],
  actor: ["string", "Who did it: subject of the credential"],
  role: ["string", "Of the credential, or of a database connection"],
  action: ["string", "What was asked for and refused"],
  kind: ["string", "Of a security event"],
  limit: ["string", "Which limit was reached"],
  keyId: ["string", "An API key or a device's key"],
  personId: ["string", "A person"],
  sessionId: ["string", "A person's session"],
  // Places.
  siteId: ["number", "A site"],
  site: ["string", "A site's code"],
  recordingId: ["string", "A recording: the server's own id, which leaves it nowhere else"],
  segmentId: ["string", "A segment"],
  segmentNumber: ["number", "A segment within its recording"],
  stream: ["number", "A stream within its segment"],
  sequence: ["number", "A chunk within its stream"],
  blockLevel: ["number", "Level of a block"],
  block: ["number", "A block of summaries or trends"],
  thing: ["string", "Which stored thing"],
  failed: ["any", "Which check failed, or which are not in order"],
  start_seconds: ["string", "Beginning of a stretch, from the recording's start"],
  end_seconds: ["string", "Its end"],
  annotation_id: ["string", "A mark"],
  parameter_set: ["string", "A parameter set, by its digest"],
  parameterSet: ["string", "A parameter set, by its digest"],
  job: ["string", "An export"],
  finding: ["any", "What differs"],
  findings: ["array", "What differs"],
  // Why, and what to do.
  error: ["error", "Name, message, code and stack; causes are followed"],
  reason: ["string", "Why, in words of ours"],
  reasons: ["array", "Why, in words of ours"],
  remedy: ["string", "What an operator does about it"],
  code: ["any", "Code of an error, or of the process's exit"],
  step: ["string", "Of a shutdown"],
  text: ["string", "What a library printed"],
  why: ["string", "What a witness said"],
  retryMs: ["number", "When it is tried again"],
  deadlineMs: ["number", "How long it may take"],
  variable: ["string", "Of the environment"],
  by: ["string", "What makes it so"],
  // Counts and times.
  count: ["number", "How many"],
  chunkCount: ["number", "Chunks"],
  rowCount: ["number", "Rows"],
  rows: ["number", "Rows"],
  requestCount: ["number", "Requests"],
  recordingCount: ["number", "Recordings"],
  streamCount: ["number", "Streams"],
  groupCount: ["number", "Groups of chunks that a worker had"],
  leafCount: ["number", "Leaves of the log"],
  stepCount: ["number", "Steps of the sequencer"],
  epochCount: ["number", "Epochs of trends"],
  damagedCount: ["number", "Damaged ones among them"],
  leftBlocks: ["number", "Blocks that were left as they were"],
  checkedCount: ["number", "Chunks the scrub has checked"],
  uncheckedCount: ["number", "Chunks it has not"],
  findingCount: ["number", "Findings of the scrub"],
  ageMs: ["number", "How old it is"],
  oldestSeconds: ["number", "Age of what waits longest"],
  oldestMs: ["number", "Age of what waits longest"],
  oldestMsMax: ["number", "The most that it was"],
  sequenceMs: ["number", "How long sequencing took"],
  size: ["number", "Of the log"],
  signedSize: ["any", "Of the log that a witness has signed"],
  before: ["number", "Incarnation of the database when the process began"],
  now: ["number", "Incarnation that it has"],
  // Of processes and their parts.
  host: ["string", "Address that is listened on"],
  port: ["number", "Port that is listened on"],
  url: ["string", "Where a page is, without path and query"],
  demo: ["boolean", "Whether the demo session is on"],
  key: ["string", "Name of a key for signing; the key is public"],
  logs: ["array", "Origins that a witness signs"],
  witness: ["string", "Name of a witness"],
  witnessed: ["string", "How many witnesses signed"],
  migration: ["string", "Name of a migration"],
  applied: ["array", "Names of migrations"],
  version: ["number", "Of the schema"],
  sites: ["array", "Sites' numbers and codes"],
  incarnation: ["number", "Of the database"],
  devicesMustSign: ["boolean", "A site's rule"],
  validTo: ["string", "When a certificate ends"],
} as const satisfies Readonly<Record<string, Field>>;

/** A name that a line may have. */
export type LogField = keyof typeof LOG_FIELDS;

const NAMES: ReadonlySet<string> = new Set(Object.keys(LOG_FIELDS));

/** Whether a line may have a field of this name. */
export function isLogField(name: string): name is LogField {
  return NAMES.has(name);
}

const JSON_TYPES: Readonly<Record<LogFieldType, object>> = {
  string: { type: "string" },
  // An unsigned number of 64 bits is written as text.
  number: { type: ["number", "string", "null"] },
  boolean: { type: "boolean" },
  array: { type: "array" },
  error: { type: ["object", "string", "null"] },
  any: {},
};

/** The schema of a line, as JSON Schema 2020-12. */
export function logSchema(): Record<string, unknown> {
  const properties = Object.entries(LOG_FIELDS).map(([name, [type, description]]) => [
    name,
    { ...JSON_TYPES[type], description },
  ]);
  return {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    title: "A line of Wavekeep's log",
    type: "object",
    properties: {
      ...Object.fromEntries(properties),
      level: { enum: ["debug", "info", "warn", "error"], description: LOG_FIELDS.level[1] },
    },
    required: ["time", "level", "msg", "service"],
    additionalProperties: false,
  };
}

/**
 * What of a line does not fit {@link logSchema}.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { misfitsOfLine } from "@wavekeep/core/service";
 *
 * const line = { time: "2026-11-21T00:00:00Z", level: "info", msg: "stopped", service: "query", code: 0 };
 * deepStrictEqual(misfitsOfLine(line), []);
 * deepStrictEqual(misfitsOfLine({ ...line, patientName: "…" }), ["patientName: no such field"]);
 * ```
 */
export function misfitsOfLine(line: Readonly<Record<string, unknown>>): string[] {
  const missing = ["time", "level", "msg", "service"].filter((name) => !(name in line))
    .map((name) => `${name}: is missing`);
  const misfits = Object.entries(line).flatMap(([name, value]) => {
    if (!isLogField(name)) return [`${name}: no such field`];
    const [type] = LOG_FIELDS[name];
    return isOf(type, value) ? [] : [`${name}: not ${type}`];
  });
  return [...missing, ...misfits];
}

function isOf(type: LogFieldType, value: unknown): boolean {
  switch (type) {
    case "any":
      return true;
    case "array":
      return Array.isArray(value);
    case "error":
      return value === null || ["object", "string"].includes(typeof value);
    case "number":
      return value === null || typeof value === "number" || /^-?\d+$/.test(String(value));
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
  }
}
