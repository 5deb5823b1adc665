/**
 * The safety property of ingest: whatever a client sends, it hears a status below 500 and a problem
 * document, and nothing is stored that it was not told of.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "@wavekeep/core/bytes";
import { decodeChunk, readChunkHeader } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, unseal } from "@wavekeep/core/crypto";
import { problemSlug } from "@wavekeep/core/problem";
import { recordingKey } from "./recording_key.ts";
import { BODIES, damagedBodies, fixture, OWN } from "./testing/damaged_bodies.ts";
import { fixtureSet, OPEN_RECORDING } from "./testing/fixtures.ts";
import { newDisk, send, startTestApp } from "./testing/test_app.ts";
import { readValidSet } from "./valid_set.ts";

async function openedApp() {
  const started = startTestApp();
  await send(started.app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(started.app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  return started;
}

for (const [method, path, good] of BODIES) {
  Deno.test(`${method} ${path.replace(fixture.hex, "…")} answers every damaged body below 500`, async () => {
    const { app } = await openedApp();
    await fc.assert(
      fc.asyncProperty(damagedBodies(good), async (body) => {
        const { status, json } = await send(app, method, path, { body: body ?? "null" });
        ok(status < 500, `status ${status}: ${JSON.stringify(body)}`);
        if (status < 400) return;
        const slug = problemSlug(json as Parameters<typeof problemSlug>[0]);
        ok(slug !== undefined && json.status === status && typeof json.title === "string");
      }),
      { numRuns: 150 },
    );
  });
}

Deno.test("damaged chunks are refused, or stored as they were told", async () => {
  const { app, tables } = await openedApp();
  let told = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { maxLength: 3 }),
      fc.option(fc.nat(), { nil: undefined }),
      async (sequences, changes, cut) => {
        const body = fixture.batch(...sequences);
        for (const { at, to } of changes) body[at % body.byteLength] = to;
        const sent = cut === undefined ? body : body.slice(0, cut % body.byteLength);
        const { status, json } = await send(app, "POST", "/ingest", { body: sent });
        ok(status < 500, `status ${status}`);
        const results = (json.results ?? []) as { status: number }[];
        told += results.filter(({ status }) => status === 201).length;
      },
    ),
    { numRuns: 300 },
  );
  deepStrictEqual(tables.chunks.size, told);
  deepStrictEqual(tables.events.filter(({ kind }) => kind === "chunk.stored").length, told);
});

Deno.test("damaged bodies of sets and chunks leave no chunk without its set", async () => {
  const { app, tables, keys } = await openedApp();
  const sets = [1, 2, 3].map(fixtureSet);
  const record = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 40 }), fc.boolean())
    .map(([index, sequence, isSet]) => {
      const { set, record } = sets[index]!;
      return isSet ? record : fixture.chunk(sequence, { set });
    });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 6 }),
      fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { maxLength: 2 }),
      async (records, changes) => {
        const body = concatBytes(...records);
        for (const { at, to } of changes) body[at % body.byteLength] = to;
        const { status } = await send(app, "POST", "/ingest", { body });
        ok(status < 500, `status ${status}`);
      },
    ),
    { numRuns: 300 },
  );
  ok(tables.chunks.size > 0);
  // Another process, which has nothing in memory, must be able to read every chunk.
  const { deps } = startTestApp({ disk: { ...newDisk(), tables, keys } });
  const [recording] = tables.recordings;
  const key = await recordingKey(deps.keyStore, recording!);
  for (const chunk of tables.chunks.values()) {
    const bytes = unseal(key, chunkPlace({ siteId: 1, ...chunk }), chunk.body);
    const digest = readChunkHeader(bytes).parameterSetDigest;
    const set = digest === null ? undefined : await deps.sets.find(recording!, digest);
    decodeChunk(bytes, { sha256: nodeSha256, parameterSet: () => set && readValidSet(set) });
  }
});

Deno.test("paths of any text are answered below 500", async () => {
  const { app } = await openedApp();
  const part = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom("..", "%00", "%ff", "%2e%2e"),
  );
  await fc.assert(
    fc.asyncProperty(part, part, part, async (a, b, c) => {
      for (
        const path of [
          `/segments/${encodeURIComponent(a)}/state`,
          `/segments/${fixture.hex}/streams/${encodeURIComponent(b)}/chunks/${
            encodeURIComponent(c)
          }`,
          `/segments/${encodeURIComponent(a)}/parameter-sets/${encodeURIComponent(b)}`,
          `/patients/${encodeURIComponent(a)}/recordings/${encodeURIComponent(b)}/close`,
        ]
      ) {
        for (const method of ["GET", "PUT", "POST"]) {
          const options = method === "GET" ? {} : { body: {} };
          const { status } = await send(app, method, path, options);
          ok(400 <= status && status < 500, `${method} ${path}: ${status}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});
