/**
 * A device with a spool of its own: what it says to ingest is on its disk before it goes on, network or not.
 *
 * The same queue that the relay has (`core/spool`), in the device's process. To the device it is a client like
 * another, which answers 202 at once; behind it the spool is emptied into ingest or into a relay for as long as that
 * takes. After `kill -9` the device asks the spool for its state, not the network, and goes on from there.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import {
  chunkDigest,
  decodeParameterSetRecord,
  decodeSegmentRecord,
  parameterSetDigest,
  segmentDigest,
  splitRecords,
  verifyChecksum,
} from "@wavekeep/core/chunk";
import { fileKeyStore, nodeSha256 } from "@wavekeep/core/crypto";
import { sleep } from "@wavekeep/core/service/sleep";
import {
  type ChunkToHold,
  decodeFacts,
  type Drain,
  type DrainLimits,
  encodeFacts,
  heldState,
  type HoldOutcome,
  httpUpstream,
  openSpool,
  type SeenState,
  type Spool,
  SpoolFullError,
  startDrain,
} from "@wavekeep/core/spool";
import { sampleRate } from "@wavekeep/core/time";
import type { ChunkOutcome, ClockObservationsRequest } from "@wavekeep/core/wire";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { IngestClient, RecordingCodes, TokenSource } from "./ingest_client.ts";

/** A spool that is open, and is being emptied. */
export interface DeviceSpool {
  readonly client: IngestClient;
  /** Chunks that are on this disk alone. */
  readonly waiting: number;
  /** Chunks that a relay holds, without ingest's receipt. */
  readonly handed: number;
  /** Chunks and requests that were refused for good. */
  readonly disputed: number;
  /** Resolves when everything is with ingest or a relay, or when `giveUp` is aborted. */
  emptied(giveUp: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What a device may keep: more than a week of 23 channels. */
const QUOTA_BYTES = 5e9;
/** A full spool is tried again; the device has to wait with its samples. */
const FULL_RETRY_MS = 1_000;
const TIDY_MS = 30_000;
/** How often the device's clock is noted beside the server's. */
const CLOCK_EVERY_MS = 600_000;
const HOLDER = "device";

/** Opens a spool in a folder, its keys beside it, and begins to empty it. */
export async function openDeviceSpool(
  folder: string,
  options: {
    readonly url: string;
    readonly siteId: number;
    readonly token: TokenSource;
    readonly onTokenRefused?: (serverMs: number) => void;
    readonly signal: AbortSignal;
    readonly onNotice: (text: string) => void;
    /** What is recorded has the times of this computer's clock, which is noted beside ingest's then. */
    readonly isLive?: boolean;
    readonly fetch?: typeof fetch;
    readonly limits?: Partial<DrainLimits>;
  },
): Promise<DeviceSpool> {
  const { url, token, signal, onNotice, siteId } = options;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const keyStore = await fileKeyStore(join(folder, "keys"), { create: true });
  const spool = await openSpool(join(folder, "spool"), {
    keyStore,
    quotaBytes: QUOTA_BYTES,
    onAlarm: (what) => onNotice(`spool: ${what}`),
  });
  const clock = options.isLive ? deviceClock(spool, siteId) : undefined;
  const upstream = httpUpstream({
    url,
    token,
    isOnBehalf: false,
    ...(options.onTokenRefused === undefined ? {} : { onTokenRefused: options.onTokenRefused }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const drain = startDrain(spool, upstream, {
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(clock === undefined ? {} : { onState: clock.seen }),
    onAlarm: (what) => onNotice(`spool: ${what}`),
    onAway: (reason) => onNotice(`waiting: ${reason}; everything is on this device's disk`),
    onBack: () => onNotice("the network is back"),
  });
  const tidying = setInterval(() => void spool.tidy().catch(() => {}), TIDY_MS);
  return {
    client: spooledClient(spool, { siteId, drain, signal }),
    get waiting() {
      return spool.status().waitingChunks - drain.status().handedChunks;
    },
    get handed() {
      return drain.status().handedChunks;
    },
    get disputed() {
      return spool.status().disputedEntries;
    },
    async emptied(giveUp) {
      for (;;) {
        const { waitingChunks, waitingRequests } = spool.status();
        const { handedChunks } = drain.status();
        if (waitingChunks + waitingRequests === handedChunks || giveUp.aborted) return;
        await sleep(100, giveUp).catch(() => {});
      }
    },
    async close() {
      clearInterval(tidying);
      await drain.stop();
      await spool.close();
    },
  };
}

function spooledClient(
  spool: Spool,
  { siteId, drain, signal }: {
    readonly siteId: number;
    readonly drain: Drain;
    readonly signal: AbortSignal;
  },
): IngestClient {
  const sender = { siteId, subject: HOLDER, keyId: null };
  const pathOf = ({ patientId, recordingId }: RecordingCodes) =>
    `/patients/${encodeURIComponent(patientId)}/recordings/${encodeURIComponent(recordingId)}`;
  const post = (path: string, value: unknown) => ({
    method: "POST",
    path,
    mediaType: "application/json",
    body: new TextEncoder().encode(JSON.stringify(value)),
  });
  /** A full spool is waited for: samples that are not on the disk are with the device still. */
  const insist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      signal.throwIfAborted();
      try {
        const done = await work();
        drain.wake();
        return done;
      } catch (error) {
        if (!(error instanceof SpoolFullError)) throw error;
        await sleep(FULL_RETRY_MS, signal);
      }
    }
  };
  const holdOf = async (codes: RecordingCodes, path: string, value: unknown) => {
    const number = await spool.recording({ siteId, ...codes });
    await insist(() => spool.holdRequest(number, sender, post(path, value)));
  };
  const segmentOf = async (segmentId: Uint8Array) => {
    const segment = await spool.segment(segmentId);
    if (segment === undefined) throw new Error("Cannot hold: the segment was not opened");
    return { ...segment, known: decodeFacts(segment.facts) };
  };

  return {
    async openRecording(body) {
      const codes = { patientId: body.patient_id, recordingId: body.recording_id };
      const number = await spool.recording({ siteId, ...codes });
      const request = post("/recordings", body);
      await insist(() => spool.holdRequest(number, sender, request, { opens: "recording" }));
      return {
        "patient_id": codes.patientId,
        "recording_id": codes.recordingId,
        "recording_reference": "00".repeat(16),
        "started_at": body.started_at,
        status: "open",
      };
    },
    async openSegment(codes, body) {
      const record = Uint8Array.fromBase64(body.segment_record);
      const parsed = decodeSegmentRecord(record);
      const digest = segmentDigest(record, nodeSha256);
      const facts = encodeFacts({
        ...codes,
        clock: parsed.clock,
        policy: parsed.signaturePolicy,
        keyId: parsed.keyId?.toHex() ?? null,
        segmentDigest: digest,
        streams: body.streams.map(({ stream, rate, kind, channels }, index) => ({
          stream,
          rate: sampleRate(BigInt(rate.samples), BigInt(rate.seconds)),
          kind,
          channelCount: channels.length,
          descriptorDigest: parsed.descriptorDigests[index]!,
        })),
      });
      const number = await spool.recording({ siteId, ...codes });
      const segment = { segmentId: parsed.segmentId.slice(), facts };
      const request = post(`${pathOf(codes)}/segments`, body);
      await insist(() => spool.holdSegment(number, sender, segment, request));
      return {
        "segment_id": parsed.segmentId.toHex(),
        "segment_number": null,
        "segment_digest": digest.toHex(),
        "held_by": HOLDER,
      };
    },
    async segmentState(segmentId) {
      const id = parseHex(segmentId, 16);
      const { known: facts } = await segmentOf(id);
      const asOf = Temporal.Now.instant().toString();
      return heldState(spool, { segmentId: id, facts, heldBy: HOLDER, asOf });
    },
    async sendChunks(bytes) {
      const records = [...splitRecords(bytes)];
      const sets = records.filter(({ kind }) => kind === "parameter-set").map(({ bytes }) => ({
        record: bytes,
        digest: parameterSetDigest(decodeParameterSetRecord(bytes), nodeSha256),
      }));
      const chunks: ChunkToHold[] = [];
      for (const { kind, bytes } of records) {
        if (kind !== "chunk") continue;
        const header = verifyChecksum(bytes);
        const { recordingNo, known } = await segmentOf(header.segmentId);
        const { descriptorDigest } = known.streams[header.stream]!;
        const identity = { descriptorDigest, segmentDigest: known.segmentDigest };
        chunks.push({
          recordingNo,
          segmentId: header.segmentId.slice(),
          stream: header.stream,
          sequence: header.sequence,
          chunkDigest: chunkDigest(header, identity, nodeSha256),
          setDigest: header.parameterSetDigest?.slice() ?? null,
          needsNext: known.policy === "run" && !header.signed,
          bytes,
        });
      }
      const numbers = new Set(chunks.map(({ recordingNo }) => recordingNo));
      const named = [...numbers].flatMap((recordingNo) =>
        sets.map((set) => ({ recordingNo, ...set }))
      );
      const outcomes = await insist(() => spool.holdChunks(sender, chunks, named));
      return outcomes.map(toOutcome);
    },
    async sendStatements(segmentId, body) {
      const { known } = await segmentOf(parseHex(segmentId, 16));
      await holdOf(known, `/segments/${segmentId}/statements`, body);
    },
    async sendAnnotations(codes, body) {
      await holdOf(codes, `${pathOf(codes)}/annotations`, body);
      return {
        results: body.annotations.map(({ annotation_id, version }) => ({
          "annotation_id": annotation_id,
          version: version ?? 1,
          status: 202,
        })),
      };
    },
    sendClockObservations: (codes, body) =>
      holdOf(codes, `${pathOf(codes)}/clock-observations`, body),
    sendSource: (codes, body) => holdOf(codes, `${pathOf(codes)}/sources`, body),
  };
}

function toOutcome(held: HoldOutcome): ChunkOutcome {
  if (held.outcome === "disputed") return { status: held.problem.status, problem: held.problem };
  if (held.outcome === "repeated" && held.receipt !== null) {
    return { status: 200, receipt: held.receipt };
  }
  if (held.outcome === "conflict") {
    throw new Error("Cannot hold: the device made two chunks of one");
  }
  return { status: 202, "held_by": HOLDER };
}

/** The device's own clock beside that of whoever answers: ingest's, or a relay's. */
function deviceClock(spool: Spool, siteId: number) {
  let notedAt = -Infinity;
  const seen = ({ state, askedAtMs, answeredAtMs }: SeenState) => {
    if (performance.now() - notedAt < CLOCK_EVERY_MS) return;
    notedAt = performance.now();
    const deviceMicros = BigInt(Math.round((askedAtMs + answeredAtMs) * 500));
    const reference = state.held_by === undefined ? "server" : "relay";
    const note = async () => {
      const segment = await spool.segment(parseHex(state.segment_id, 16));
      if (segment === undefined) return;
      const { patientId, recordingId } = decodeFacts(segment.facts);
      const id = createHash("sha256")
        .update(`wavekeep/device/clock/v1\0${state.segment_id}\0${deviceMicros}\0${reference}`)
        .digest("hex").slice(0, 32);
      const body: ClockObservationsRequest = {
        observations: [{
          "observation_id": id,
          "segment_id": state.segment_id,
          "device_time_micros": String(deviceMicros),
          "monotonic_ns": "0",
          "reference_time_micros": String(
            Temporal.Instant.from(state.as_of).epochNanoseconds / 1000n,
          ),
          reference,
          "uncertainty_micros": String(Math.round((answeredAtMs - askedAtMs) * 500) + 1),
        }],
      };
      await spool.holdRequest(segment.recordingNo, { siteId, subject: HOLDER, keyId: null }, {
        method: "POST",
        path: `/patients/${patientId}/recordings/${recordingId}/clock-observations`,
        mediaType: "application/json",
        body: new TextEncoder().encode(JSON.stringify(body)),
      });
    };
    note().catch(() => {});
  };
  return { seen };
}
