/**
 * Bench, budget. What each promise costs the processor for one chunk, and what the processes need in all.
 *
 * Promises are timed one by one on chunks of the day pool, in this process, by the functions that ingest
 * calls; the processes by what the kernel says of them while a recording is taken in and read. What is
 * left between the two is HTTP, JSON, the driver, messages between workers and collecting garbage.
 *
 * @module
 */

import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import process from "node:process";
import { crc32c } from "@wavekeep/core/checksum";
import {
  chunkDigest,
  type ChunkHeader,
  chunkSignatureMessage,
  readChunkHeader,
  samplesDigest,
  storedDigest,
} from "@wavekeep/core/chunk";
import type { Samples } from "@wavekeep/core/codec";
import {
  chunkPlace,
  createTokenSigner,
  createTokenVerifier,
  generateTokenKeys,
  leafSalts,
  nodeSha256,
  randomKey,
  seal,
} from "@wavekeep/core/crypto";
import { summariseChunk } from "@wavekeep/core/summary";
import { makeChunkLeaf } from "../../ingest/leaf.ts";
import { dayDevice } from "../day/device.ts";
import { dayName, loadedDay } from "../day/loaded_day.ts";
import { type DayPool, poolDecoder } from "../day/pool.ts";
import { dayReader } from "../day/reader.ts";
import { timePages } from "../day/window.ts";
import { processorMs } from "../load/process_sampler.ts";
import { median } from "../measure.ts";
import { PATIENT_ID } from "../plan_json.ts";
import { measuredRow, type RowPlan, rowPlan } from "../rows.ts";
import type { RunContext, Suite } from "../suite.ts";
import { CHUNK_SHAPE, type Workload } from "../workloads.ts";

/** What is promised of a chunk, in the order in which ingest keeps it; see bench/README.md. */
const PROMISES = [
  "credential, first time",
  "credential, remembered",
  "checksum",
  "decode",
  "sample digest",
  "chunk digest",
  "stored digest",
  "signature (not checked yet)",
  "summary",
  "seal",
  "leaf",
] as const;
type Promised = typeof PROMISES[number];

const promisePlan = (promise: Promised): RowPlan =>
  rowPlan(`budget of one chunk of ${CHUNK_SHAPE}: ${promise}`, "µs");

/** The shortest recording of the run: its processes are looked at. */
function processPlans(workload: Workload) {
  const of = `${dayName(workload, workload.days[0]!.seconds)}`;
  const batched = `budget of one chunk, batched ingest of ${of}`;
  return {
    ingest: rowPlan(`${batched}: ingest`, "µs"),
    insert: rowPlan(`${batched}: PostgreSQL, insert`, "µs"),
    query: rowPlan(`budget of one page of 10 s of ${of}: query`, "µs"),
    read: rowPlan(`budget of one page of 10 s of ${of}: PostgreSQL`, "µs"),
  };
}

export const budgetSuite: Suite = {
  name: "budget",
  plans: (workload): RowPlan[] => [
    ...PROMISES.map(promisePlan),
    ...Object.values(processPlans(workload)),
  ],
  async run(context) {
    const wanted = PROMISES.filter((promise) => context.isWanted(promisePlan(promise)));
    if (wanted.length > 0) await measurePromises(context, wanted);
    if (Object.values(processPlans(context.workload)).some(context.isWanted)) {
      await measureProcesses(context);
    }
  },
};

async function measureProcesses(context: RunContext): Promise<void> {
  const plans = processPlans(context.workload);
  const day = await loadedDay(context, context.workload.days[0]!.seconds);
  const { ingest, postgres } = day.processorMs;
  const chunks = day.seconds * day.device.pool.streams.length;
  // A tick of the kernel's account is 10 ms: a short recording may have cost none.
  const micros = (ms: number, count: number) => Math.max(1e3 * ms / count, 0.01);
  context.reportWanted(measuredRow(plans.ingest, micros(ingest, chunks), null));
  context.reportWanted(measuredRow(plans.insert, micros(postgres, chunks), null));

  context.progress.step(plans.query.name);
  const { pids } = day.stage;
  using reader = dayReader(day.stage, day.device);
  const count = context.workload.dayWindows;
  await timePages(context, reader, { seconds: day.seconds, count: Math.ceil(count / 4) });
  const before = { query: processorMs(pids.query), postgres: processorMs(pids.postgres) };
  const pages = await timePages(context, reader, { seconds: day.seconds, count, isWarm: true });
  const query = processorMs(pids.query) - before.query;
  const read = processorMs(pids.postgres) - before.postgres;
  context.reportWanted(measuredRow(plans.query, micros(query, pages.length), null));
  context.reportWanted(measuredRow(plans.read, micros(read, pages.length), null));
}

/** A chunk as ingest has it in its hands at each step. */
interface Held {
  readonly bytes: Uint8Array;
  readonly header: ChunkHeader;
  readonly payload: Uint8Array;
  readonly samples: Samples;
  readonly digest: Uint8Array;
}

async function measurePromises(
  context: RunContext,
  wanted: readonly Promised[],
): Promise<void> {
  const { budgetChunks, budgetRounds } = context.workload;
  const held = holdChunks(await context.dayPool("scalp"), budgetChunks);
  const steps = await stepsOf(held);
  for (const promise of wanted) {
    context.progress.step(promisePlan(promise).name);
    const step = steps[promise];
    const perChunk: number[] = [];
    for (let round = 0; round <= budgetRounds; round++) {
      context.signal.throwIfAborted();
      const before = process.cpuUsage();
      for (const chunk of held.chunks) {
        const pending = step(chunk);
        if (pending !== undefined) await pending;
      }
      const { user, system } = process.cpuUsage(before);
      // The first round compiles.
      if (round > 0) perChunk.push((user + system) / held.chunks.length);
    }
    context.report(measuredRow(promisePlan(promise), Math.max(median(perChunk), 0.001), null));
  }
}

interface HeldChunks {
  readonly chunks: readonly Held[];
  readonly decode: (chunk: Pick<Held, "header" | "payload">) => Samples;
}

function holdChunks(pool: DayPool, count: number): HeldChunks {
  const decode = poolDecoder(pool.streams[0]!);
  const device = dayDevice(pool, { patientId: PATIENT_ID, recordingId: "budget", seed: 1 });
  const chunks = Array.from({ length: count }, (_, sequence): Held => {
    const bytes = device.next();
    const header = readChunkHeader(bytes);
    const { payload } = device.template(0, sequence);
    const samples = decode({ header, payload }).slice();
    return { bytes, header, payload, samples, digest: nodeSha256(bytes) };
  });
  return { chunks, decode };
}

/** Each promise as work on one chunk. */
async function stepsOf(
  { decode }: HeldChunks,
): Promise<Record<Promised, (chunk: Held) => Promise<unknown> | undefined>> {
  const { privateJwk, publicJwk } = await generateTokenKeys();
  const signer = await createTokenSigner(privateJwk);
  const token = await signer.sign({
    subject: "bench",
    siteId: 1,
    role: "device",
    expiresAt: Math.floor(Date.now() / 1000) + 3_600,
  });
  const remembered = await createTokenVerifier(publicJwk);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const message = chunkSignatureMessage(new Uint8Array(32));
  const signature = sign(null, message, privateKey);
  const key = randomKey();
  const identity = { descriptorDigest: new Uint8Array(32), segmentDigest: new Uint8Array(32) };
  const pseudonym = new Uint8Array(16);
  const saltOf = leafSalts(randomBytes(32));
  const recordingId = "019a0000-0000-7000-8000-000000000000";
  const now = BigInt(Date.now()) * 1_000n;
  const done = (_: unknown) => undefined;
  return {
    // A verifier that has seen nothing verifies; one that has looks the token up.
    "credential, first time": async () => await (await createTokenVerifier(publicJwk))(token),
    "credential, remembered": () => remembered(token),
    checksum: ({ bytes }) => done(crc32c(bytes.subarray(0, -4))),
    decode: (chunk) => done(decode(chunk)),
    "sample digest": ({ header, samples }) =>
      done(
        samplesDigest(header.kind, header.channelCount, header.sampleCount, samples, nodeSha256),
      ),
    "chunk digest": ({ header }) => done(chunkDigest(header, identity, nodeSha256)),
    "stored digest": ({ bytes }) => done(storedDigest(bytes, nodeSha256)),
    "signature (not checked yet)": () => done(verify(null, message, publicKey, signature)),
    // Outside the kernel's memory, where ingest finds them a fifth as dear.
    summary: ({ header, samples }) => done(summariseChunk(samples, header.channelCount)),
    seal: ({ header, bytes }) =>
      done(seal(
        key,
        chunkPlace({
          siteId: 1,
          recordingId,
          segmentNumber: 0,
          stream: header.stream,
          sequence: header.sequence,
        }),
        bytes,
      )),
    leaf: ({ header, digest }) =>
      done(makeChunkLeaf({
        siteId: 1,
        pseudonym,
        segmentId: header.segmentId,
        stream: header.stream,
        sequence: header.sequence,
        chunkDigest: digest,
        storedDigest: digest,
        receivedAtMicros: now,
        saltOf,
      }, nodeSha256)),
  };
}
