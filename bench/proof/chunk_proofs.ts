/**
 * Bench, proof. The proof of one chunk: how long it is, and how long it takes over HTTP.
 *
 * One reader on one connection, anywhere in a signed recording. Each answer is checked to the signed root
 * before its time counts.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  type CheckpointPolicy,
  hashLeaf,
  openCheckpoint,
  openLogEntry,
  parseBase64,
  verifyInclusion,
} from "@wavekeep/core/log";
import { ChunkProof } from "@wavekeep/core/wire";
import { join } from "node:path";
import { keySeed, NOTE_CRYPTO, noteSigner } from "../../ingest/log/note_key.ts";
import { expectStatus } from "../baseline_client.ts";
import { quantile } from "../measure.ts";
import { measuredRow, rowPlan } from "../rows.ts";
import type { Stage } from "../stage.ts";
import type { RunContext } from "../suite.ts";
import { thousands, type Workload } from "../workloads.ts";
import { caughtUp, loggedChunkCount, type LoggedChunks } from "./ingest_kept.ts";

const BYTES_MUST = 4_096;
const MS_MUST = 5;

export function chunkProofPlans(workload: Workload) {
  const among = `among ${thousands(loggedChunkCount(workload))} leaves`;
  const time = (share: string) =>
    rowPlan(`proof, chunk proof ${among}: ${share}`, "ms", { must: MS_MUST, isLong: true });
  return {
    bytes: rowPlan(`proof, bytes of a chunk's proof ${among}: longest`, "bytes", {
      must: BYTES_MUST,
      isLong: true,
    }),
    p50: time("p50"),
    p95: time("p95"),
  };
}

/** Asks for proofs while the sequencer is at work, and reports what is wanted. */
export async function measureChunkProofs(
  context: RunContext,
  stage: Stage,
  { device, chunkCount }: LoggedChunks,
  signal: AbortSignal,
): Promise<void> {
  const plans = chunkProofPlans(context.workload);
  context.progress.step(plans.p95.name);
  await using undo = new AsyncDisposableStack();
  const sequencer = await stage.startSequencer();
  undo.defer(() => sequencer.stop());
  await caughtUp(stage, signal);
  const policy = await policyOf(stage);
  const { proofs } = context.workload.proof;
  let byteLengthMax = 0;
  const times: number[] = [];
  // As many again go before: processes compile for their first ones.
  for (let n = -proofs; n < proofs; n++) {
    // Steps by a number that shares no divisor with the count go everywhere.
    const sequence = ((n + proofs) * 7_919) % chunkCount;
    const beforeMs = performance.now();
    const body = await fetchProof(stage, device.segmentId, sequence, signal);
    const elapsedMs = performance.now() - beforeMs;
    await verifyProof(body, policy, { segmentId: device.segmentId, sequence });
    if (n < 0) continue;
    times.push(elapsedMs);
    byteLengthMax = Math.max(byteLengthMax, body.byteLength);
  }
  context.reportWanted(measuredRow(plans.bytes, byteLengthMax, null));
  context.reportWanted(measuredRow(plans.p50, quantile(times, 0.5), null));
  context.reportWanted(measuredRow(plans.p95, quantile(times, 0.95), null));
}

async function fetchProof(
  { queryUrl, http, tokens }: Stage,
  segmentId: string,
  sequence: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const path = `/segments/${segmentId}/streams/0/chunks/${sequence}/proof`;
  const response = await fetch(queryUrl + path, {
    client: http,
    headers: { "Authorization": `Bearer ${tokens.clinician}` },
    signal,
  });
  await expectStatus(response, 200);
  return new Uint8Array(await response.arrayBuffer());
}

/** What a reader trusts: the log's own key, and no witness. */
async function policyOf({ wavekeepPool, deriver }: Stage): Promise<CheckpointPolicy> {
  const { rows: [head] } = await wavekeepPool.query<{ origin: string }>(
    "select origin from wavekeep.log_head order by log_no desc limit 1",
  );
  const { key } = noteSigner(
    await keySeed(join(deriver.keyDir, "log.key")),
    head!.origin,
    "ed25519",
  );
  return { origin: key.name, logKey: key, witnessKeys: [], quorum: 0 };
}

/** @throws {Error} It is no proof of this chunk: its time would be worthless. */
async function verifyProof(
  body: Uint8Array,
  policy: CheckpointPolicy,
  of: { readonly segmentId: string; readonly sequence: number },
): Promise<void> {
  const proof = ChunkProof.parse(JSON.parse(new TextDecoder().decode(body)));
  const bytes = (base64: string) => parseBase64(base64, "proof");
  const { checkpoint: { size, root } } = await openCheckpoint(
    new TextEncoder().encode(proof.checkpoint),
    { policy, crypto: NOTE_CRYPTO },
  );
  const entry = bytes(proof.entry);
  verifyInclusion({
    index: proof.index,
    size,
    root,
    leafHash: hashLeaf(entry, nodeSha256),
    proof: proof.proof.map(bytes),
  }, nodeSha256);
  const opening = { salt: bytes(proof.salt), content: bytes(proof.content) };
  const content = openLogEntry(entry, opening, nodeSha256);
  const isOfChunk = content.type === "chunk" && content.sequence === of.sequence &&
    formatHex(content.segmentId) === of.segmentId;
  if (!isOfChunk) {
    throw new Error(`Cannot time a proof: it is of another chunk than ${of.sequence}`);
  }
}
