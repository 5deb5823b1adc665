import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseHex } from "@wavekeep/core/bytes";
import { nodeSha256, randomKey, recordingKeyPlace, wrapKey } from "@wavekeep/core/crypto";
import { createLogger } from "@wavekeep/core/service";
import { manualClock } from "@wavekeep/core/time";
import { secretsOf } from "./recording_key.ts";
import { sealSet } from "./request_sets.ts";
import type { IngestStore, StoredRecording } from "./store/ingest_store.ts";
import { memoryKeyStore } from "./store/memory_key_store.ts";
import { createStoredSets } from "./stored_sets.ts";
import { type FixtureSet, fixtureSet } from "./testing/fixtures.ts";

const SETS = [1, 2, 3].map(fixtureSet);
const MINUTE_MICROS = 60_000_000n;
const digestOf = ({ digest }: FixtureSet) => parseHex(digest, 32);

/** A recording whose store holds some of the sets, and counts how often it is asked. */
function setUp(stored: readonly FixtureSet[], bytesMax?: number) {
  const [patientKey, key] = [randomKey(), randomKey()];
  const recording: StoredRecording = {
    siteId: 1,
    recordingId: "019a0000-0000-7000-8000-000000000000",
    patientUuid: "patient",
    notifyNumber: "1",
    reference: new Uint8Array(16),
    wrappedKey: wrapKey(
      patientKey,
      recordingKeyPlace(1, "019a0000-0000-7000-8000-000000000000"),
      key,
    ),
    startedAtSealed: null,
    contentDigest: null,
    isClosed: false,
    openedBy: null,
  };
  const rows = new Map(stored.map((named) => {
    const { set, digest } = named;
    const scope = {
      siteId: 1,
      recordingId: recording.recordingId,
      secrets: secretsOf(key),
      atMicros: 0n,
    };
    const sealed = sealSet(scope, recording.reference, {
      digest: digestOf(named),
      set,
    });
    return [digest, sealed];
  }));
  const asked: number[] = [];
  const store = {
    findParameterSet: (_siteId: number, _recordingId: string, digest: Uint8Array) => {
      asked.push(SETS.findIndex((set) => set.digest === digest.toHex()));
      return Promise.resolve(rows.get(digest.toHex()));
    },
  } as Pick<IngestStore, "findParameterSet"> as IngestStore;
  const clock = manualClock(0n);
  const sets = createStoredSets({
    store,
    clock,
    keyStore: memoryKeyStore(new Map([["patient", patientKey]])),
    sha256: nodeSha256,
    logger: createLogger({ service: "test", write: () => {} }),
  }, bytesMax);
  const find = async (index: number) => {
    const found = await sets.find(recording, digestOf(SETS[index]!));
    return found?.bytes;
  };
  return { sets, recording, find, asked, clock };
}

Deno.test("find() opens a stored set once", async () => {
  const { find, asked } = setUp(SETS);
  for (let i = 0; i < 3; i++) deepStrictEqual(await find(0), SETS[0]!.set.bytes);
  deepStrictEqual(asked, [0]);
});

Deno.test("find() asks again for a set that was not there", async () => {
  const { find, asked } = setUp([]);
  strictEqual(await find(0), undefined);
  strictEqual(await find(0), undefined);
  deepStrictEqual(asked, [0, 0]);
});

Deno.test("keep() spares the question, for its recording alone", async () => {
  const { sets, recording, find, asked } = setUp([]);
  sets.keep(recording.recordingId, digestOf(SETS[0]!), SETS[0]!.set);
  deepStrictEqual(await find(0), SETS[0]!.set.bytes);
  const other = { ...recording, recordingId: "019a0000-0000-7000-8000-000000000001" };
  strictEqual(await sets.find(other, digestOf(SETS[0]!)), undefined);
  deepStrictEqual(asked, [0]);
});

Deno.test("find() forgets what was not used for longest when the bytes are too many", async () => {
  const byteLength = SETS.reduce((sum, { set }) => sum + set.bytes.byteLength, 0);
  // Any two of them fit.
  const { find, asked } = setUp(SETS, byteLength - 1);
  for (const index of [0, 1, 0, 2, 0, 1]) await find(index);
  deepStrictEqual(asked, [0, 1, 2, 1]);
});

Deno.test("find() forgets a set after five minutes, however often it is used", async () => {
  const { find, asked, clock } = setUp(SETS);
  for (let minute = 0; minute < 11; minute++) {
    await find(0);
    clock.advanceMicros(MINUTE_MICROS);
  }
  deepStrictEqual(asked, [0, 0, 0]);
});

Deno.test("keep() lets go of sets that nobody used for five minutes, however few bytes they are", async () => {
  const { sets, recording, find, clock } = setUp(SETS);
  sets.keep(recording.recordingId, digestOf(SETS[0]!), SETS[0]!.set);
  sets.keep(recording.recordingId, digestOf(SETS[1]!), SETS[1]!.set);
  clock.advanceMicros(4n * MINUTE_MICROS);
  await find(0);
  strictEqual(sets.count, 2);
  clock.advanceMicros(2n * MINUTE_MICROS);
  sets.keep(recording.recordingId, digestOf(SETS[2]!), SETS[2]!.set);
  strictEqual(sets.count, 1);
});
