// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * The ingest protocol as a state machine: what a sender may say, and what it must hear.
 *
 * The model is written from the table of answers (core/chunk/FORMAT.md and the protocol's own page), in plain
 * sets and maps, and shares nothing with the service. Each command tells the model what to expect, says it
 * to the real application, and compares. fast-check draws rows of commands and shrinks those that fail.
 *
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "@wavekeep/core/bytes";
import type { FaultMode, WriteName } from "../store/faults.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./fixtures.ts";
import { send, slugOf, startTestApp, type TestApp, type TestDisk } from "./test_app.ts";

/** What a sender must be able to rely on. */
export interface ProtocolModel {
  isOpen: boolean;
  isClosed: boolean;
  segments: Map<number, SegmentModel>;
}

interface SegmentModel {
  /** Which of the two records of its id opened it. */
  readonly record: Record;
  /** What is stored, by sequence of stream 0. */
  readonly chunks: Map<number, { readonly value: number; readonly receipt: unknown }>;
  readonly statements: Set<number>;
  end: number | null;
}

/** The application over all its lives. */
export interface ProtocolReal {
  test: TestApp;
  readonly disk: TestDisk;
  /** Of the next write; cleared by it. */
  fault: FaultMode | undefined;
  /** What chunks were answered. */
  readonly heard: Set<string>;
  /** Makes an application on a disk; a broken one shows that the model sees it. */
  readonly start: (real: ProtocolReal) => TestApp;
}

type Command = fc.AsyncCommand<ProtocolModel, ProtocolReal, true>;

const OWN = `/patients/${PATIENT}/recordings/${RECORDING}`;

/** Two segments, each with two records that differ and have the same id. */
const SALTS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
type Record = 0 | 1;
const FIXTURES = [7, 8].map((seed) =>
  SALTS.map((salt) => new Fixture(seed, { salt })) as [Fixture, Fixture]
);
const fixtureOf = (segment: number, record: Record) => FIXTURES[segment]![record];

export const newModel = (): ProtocolModel => ({
  isOpen: false,
  isClosed: false,
  segments: new Map(),
});

/** Starts the application on what is left of the one before; faults are ordered through `real`. */
export function startReal(real: ProtocolReal): TestApp {
  const faults = (write: WriteName) => {
    // What tells readers fails without anybody noticing.
    if (write === "announce") return undefined;
    const { fault } = real;
    real.fault = undefined;
    return fault;
  };
  return startTestApp({ disk: real.disk, faults });
}

class Open implements Command {
  check = () => Promise.resolve(true);

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const { status } = await send(real.test.app, "POST", "/recordings", { body: OPEN_RECORDING });
    strictEqual(status, model.isOpen ? 200 : 201);
    model.isOpen = true;
  }

  toString = () => "open";
}

class Close implements Command {
  check = () => Promise.resolve(true);

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const body = { idempotency_key: "ee".repeat(16) };
    const { status } = await send(real.test.app, "POST", `${OWN}/close`, { body });
    strictEqual(status, !model.isOpen ? 404 : model.isClosed ? 200 : 201);
    if (model.isOpen) model.isClosed = true;
  }

  toString = () => "close";
}

class OpenSegment implements Command {
  constructor(readonly segment: number, readonly record: Record) {}
  check = () => Promise.resolve(true);

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const { segment, record } = this;
    const body = fixtureOf(segment, record).opening();
    const { status, json } = await send(real.test.app, "POST", `${OWN}/segments`, { body });
    const known = model.segments.get(segment);
    if (!model.isOpen) return strictEqual(status, 404);
    if (known !== undefined) {
      strictEqual(status, known.record === record ? 200 : 409);
      if (status === 409) strictEqual(slugOf(json), "segment-conflict");
      return;
    }
    if (model.isClosed) return deepStrictEqual([status, slugOf(json)], [409, "recording-closed"]);
    strictEqual(status, 201);
    model.segments.set(segment, { record, chunks: new Map(), statements: new Set(), end: null });
  }

  toString = () => `openSegment(${this.segment}, record ${this.record})`;
}

/** What the model says of one chunk; stores it in the model when it is new. */
function expected(model: ProtocolModel, segment: number, sequence: number, value: number): string {
  const known = model.segments.get(segment);
  if (known === undefined) return "409 segment-unknown";
  const before = known.chunks.get(sequence);
  if (before !== undefined) return before.value === value ? "200" : "409 chunk-conflict";
  if (known.end !== null && sequence >= known.end) return "409 beyond-end";
  known.chunks.set(sequence, { value, receipt: undefined });
  return "201";
}

/** Puts a chunk: new, again, or another one for its place. */
class Put implements Command {
  constructor(readonly segment: number, readonly sequence: number, readonly value: number) {}
  check = () => Promise.resolve(true);

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const { segment, sequence, value } = this;
    const record = model.segments.get(segment)?.record ?? 0;
    const fixture = fixtureOf(segment, record);
    const body = fixture.chunk(sequence, { value });
    const { status, json } = await send(real.test.app, "PUT", fixture.path(sequence), { body });
    const told = [status, slugOf(json)].filter((part) => part !== undefined).join(" ");
    strictEqual(told, expected(model, segment, sequence, value));
    real.heard.add(told);
    if (status < 300) keepReceipt(model, segment, sequence, (json.results as Result[])[0]!);
  }

  toString = () => `put(${this.segment}, ${this.sequence}, value ${this.value})`;
}

interface Result {
  readonly status: number;
  readonly receipt?: unknown;
  readonly problem?: globalThis.Record<string, unknown>;
}

/** The first receipt of a chunk is its receipt for ever. */
function keepReceipt(
  model: ProtocolModel,
  segment: number,
  sequence: number,
  { receipt }: Result,
): void {
  const { chunks } = model.segments.get(segment)!;
  const known = chunks.get(sequence)!;
  if (known.receipt !== undefined) deepStrictEqual(receipt, known.receipt);
  chunks.set(sequence, { ...known, receipt });
}

/** Several chunks of a segment in one body, repeats among them. */
class Batch implements Command {
  constructor(
    readonly segment: number,
    readonly chunks: readonly (readonly [sequence: number, value: number])[],
  ) {}
  check = ({ segments }: Readonly<ProtocolModel>) => Promise.resolve(segments.has(this.segment));

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const { segment, chunks } = this;
    const { record } = model.segments.get(segment)!;
    const fixture = fixtureOf(segment, record);
    const body = concatBytes(
      ...chunks.map(([sequence, value]) => fixture.chunk(sequence, { value })),
    );
    const { status, json } = await send(real.test.app, "POST", "/ingest", { body });
    const wanted = chunks.map(([sequence, value]) => expected(model, segment, sequence, value));
    if (json.results === undefined) {
      return deepStrictEqual([`${status} ${slugOf(json)}`], wanted);
    }
    const results = json.results as Result[];
    deepStrictEqual(
      results.map(({ status, problem }) => problem ? `${status} ${slugOf(problem)}` : `${status}`),
      wanted,
    );
    for (const [index, result] of results.entries()) {
      if (result.status < 300) keepReceipt(model, segment, chunks[index]![0], result);
    }
  }

  toString = () => `batch(${this.segment}, ${JSON.stringify(this.chunks)})`;
}

/** States where stream 0 of a segment ends. */
class End implements Command {
  constructor(readonly segment: number, readonly end: number) {}
  check = ({ segments }: Readonly<ProtocolModel>) => Promise.resolve(segments.has(this.segment));

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const { end } = this;
    const known = model.segments.get(this.segment)!;
    const { hex } = fixtureOf(this.segment, known.record);
    const body = {
      statements: [{
        statement_id: `${end}`.padStart(32, "0"),
        stream: 0,
        kind: "end",
        first_sequence: end,
        sequence_count: 0,
        first_sample: 4 * end,
        sample_count: 0,
        reason: 5,
        signature: null,
      }],
    };
    const { status } = await send(real.test.app, "POST", `/segments/${hex}/statements`, { body });
    const isKnown = known.statements.has(end);
    const contradicts = known.end !== null && known.end !== end ||
      [...known.chunks.keys()].some((sequence) => sequence >= end);
    strictEqual(status, isKnown ? 200 : contradicts ? 409 : 201);
    if (status !== 201) return;
    known.statements.add(end);
    known.end = end;
  }

  toString = () => `end(${this.segment}, ${this.end})`;
}

/** Asks how far a segment has come. */
class State implements Command {
  constructor(readonly segment: number) {}
  check = () => Promise.resolve(true);

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const known = model.segments.get(this.segment);
    const { hex } = fixtureOf(this.segment, known?.record ?? 0);
    const { status, json } = await send(real.test.app, "GET", `/segments/${hex}/state`);
    if (known === undefined) return strictEqual(status, 404);
    strictEqual(status, 200);
    const stored = [...known.chunks.keys()].sort((a, b) => a - b);
    let highWater = 0;
    while (known.chunks.has(highWater)) highWater++;
    const missing: { start: number; end: number }[] = [];
    for (let k = highWater; k <= (stored.at(-1) ?? -1); k++) {
      if (known.chunks.has(k)) continue;
      const last = missing.at(-1);
      if (last?.end === k) last.end++;
      else missing.push({ start: k, end: k + 1 });
    }
    const [stream] = json.streams as globalThis.Record<string, unknown>[];
    const { high_water_digest: _, ...told } = stream!;
    deepStrictEqual(told, {
      stream: 0,
      high_water: highWater,
      missing,
      chunk_count: stored.length,
      end_sequence: known.end,
    });
  }

  toString = () => `state(${this.segment})`;
}

/** The process dies and another begins on the same disk. */
class Restart implements Command {
  check = () => Promise.resolve(true);

  async run(_model: ProtocolModel, real: ProtocolReal): Promise<void> {
    await real.test.deps.announcer.settled();
    real.test = real.start(real);
  }

  toString = () => "restart";
}

/** A write fails, either way; the process dies; the sender says the same again and hears what became of it. */
class BrokenPut implements Command {
  constructor(readonly put: Put, readonly mode: FaultMode) {}
  // Only a chunk with a free place is written.
  check = (model: Readonly<ProtocolModel>) => {
    const known = model.segments.get(this.put.segment);
    const isFree = known !== undefined && !known.chunks.has(this.put.sequence) &&
      (known.end === null || this.put.sequence < known.end);
    return Promise.resolve(isFree);
  };

  async run(model: ProtocolModel, real: ProtocolReal): Promise<void> {
    const { segment, sequence, value } = this.put;
    const { record } = model.segments.get(segment)!;
    const fixture = fixtureOf(segment, record);
    const body = fixture.chunk(sequence, { value });
    real.fault = this.mode;
    const { status, json } = await send(real.test.app, "PUT", fixture.path(sequence), { body });
    deepStrictEqual([status, slugOf(json)], [
      503,
      this.mode === "failed" ? "store-unavailable" : "outcome-unknown",
    ]);
    await new Restart().run(model, real);
    // Persisted: the model stores it before it is said again.
    if (this.mode === "failed-but-persisted") expected(model, segment, sequence, value);
    await this.put.run(model, real);
  }

  toString = () => `${this.put} with its write ${this.mode}`;
}

const segment = fc.nat({ max: 1 });
const sequence = fc.nat({ max: 4 });
const value = fc.nat({ max: 1 });
const put = fc.tuple(segment, sequence, value).map(([a, b, c]) => new Put(a, b, c));

/** Rows of commands; each may be said at any time. */
export const protocolCommands = (maxCommands: number) =>
  fc.commands<ProtocolModel, ProtocolReal, true>([
    fc.constant(new Open()),
    fc.constant(new Open()),
    fc.tuple(segment, fc.constantFrom<Record>(0, 0, 1)).map(([a, b]) => new OpenSegment(a, b)),
    fc.tuple(segment, fc.constantFrom<Record>(0, 0, 1)).map(([a, b]) => new OpenSegment(a, b)),
    put,
    put,
    put,
    fc.tuple(put, fc.constantFrom<FaultMode>("failed", "failed-but-persisted"))
      .map(([command, mode]) => new BrokenPut(command, mode)),
    fc.tuple(segment, fc.array(fc.tuple(sequence, value), { minLength: 1, maxLength: 4 }))
      .map(([a, chunks]) => new Batch(a, chunks)),
    fc.tuple(segment, fc.integer({ min: 1, max: 5 })).map(([a, end]) => new End(a, end)),
    segment.map((a) => new State(a)),
    fc.constant(new Close()),
    fc.constant(new Restart()),
  ], { maxCommands, size: "max" });
