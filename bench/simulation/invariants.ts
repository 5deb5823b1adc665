/**
 * What must hold in every world, whatever went wrong in it.
 *
 * While it runs: what a device heard acknowledged is stored, with that identity; the high water never falls;
 * nothing fails that was not ordered to. When everything has come to its end: every sample that a device
 * recorded can be read, is the one that was recorded, stands once, under a chain without a break, signed
 * where its segment is; and there is nothing else.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { verifyChunk } from "@wavekeep/core/chunk";
import { chunkPlace, nodeSha256, unseal } from "@wavekeep/core/crypto";
import { readParameterSet } from "@wavekeep/core/codec";
import { verifyEd25519 } from "@wavekeep/core/crypto/ed25519";
import { parameterSetPlace } from "@wavekeep/core/crypto";
import type { ChunkOutcome } from "@wavekeep/core/wire";
import { recordingKey } from "../../ingest/recording_key.ts";
import type { SegmentProgress, StoredSegment } from "../../ingest/store/ingest_store.ts";
import { memoryKeyStore } from "../../ingest/store/memory_key_store.ts";
import { chunksOf, streamsOf } from "./device_recording.ts";
import type { DeviceNode } from "./device_node.ts";
import type { IngestDisk } from "./ingest_node.ts";
import type { DevicePlan } from "./plan.ts";

/** Watches one world. */
export class Invariants {
  readonly violations: string[] = [];
  acknowledged = 0;
  readonly #disk: IngestDisk;
  /** Chunk digest that was acknowledged, by segment, stream and sequence. */
  readonly #receipts = new Map<string, string>();
  readonly #highWater = new Map<string, number>();

  constructor(disk: IngestDisk) {
    this.#disk = disk;
  }

  violated(what: string): void {
    this.violations.push(what);
  }

  /** A device heard this. */
  heard(outcomes: readonly ChunkOutcome[]): void {
    for (const { status, receipt } of outcomes) {
      if (receipt === undefined) continue;
      this.acknowledged++;
      const { segment_id: segment, stream, sequence, chunk_digest: digest } = receipt;
      const place = `${segment}/${stream}/${sequence}`;
      const before = this.#receipts.get(place);
      if (before !== undefined && before !== digest) this.violated(`two receipts for ${place}`);
      this.#receipts.set(place, digest);
      if (status !== 200 && status !== 201) this.violated(`a receipt with ${status}`);
    }
  }

  /** Ingest counted a segment. */
  counted({ segmentId }: StoredSegment, { incarnation, streams }: SegmentProgress): void {
    for (const { stream, runs } of streams) {
      const key = `${formatHex(segmentId)}/${stream}/${incarnation}`;
      const highWater = runs[0]?.start === 0 ? runs[0].end : 0;
      const before = this.#highWater.get(key) ?? 0;
      if (highWater < before) {
        this.violated(`high water of ${key} fell from ${before} to ${highWater}`);
      }
      this.#highWater.set(key, highWater);
    }
  }

  /** Everything has ended. */
  async checkEnd(devices: readonly { node: DeviceNode; plan: DevicePlan }[]): Promise<void> {
    const { tables } = this.#disk;
    let expected = 0;
    for (const { node, plan } of devices) {
      for (const [index, quarters] of plan.segmentQuarters.entries()) {
        const id = node.disk.segments[`segment ${index}`]?.id;
        if (id === undefined) {
          this.violated(`segment ${index} of ${quarters / 4} s is not remembered`);
          continue;
        }
        expected += await this.#checkSegment(plan, index, id);
      }
    }
    const segmentCount = devices.reduce((sum, { plan }) => sum + plan.segmentQuarters.length, 0);
    const kinds = new Map<string, number>();
    for (const { kind } of tables.events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const same = (what: string, found: number, wanted: number) => {
      if (found !== wanted) this.violated(`${found} ${what}, not ${wanted}`);
    };
    same("chunks", tables.chunks.size, expected);
    same("events of chunks", kinds.get("chunk.stored") ?? 0, expected);
    same("segments", tables.segments.length, segmentCount);
    same("events of segments", kinds.get("segment.opened") ?? 0, segmentCount);
    same("recordings", tables.recordings.length, devices.length);
    same("events of recordings", kinds.get("recording.opened") ?? 0, devices.length);
    const marks = devices.map(({ plan }) => plan.hasMarks ? plan.segmentQuarters.length : 0);
    same("marks", tables.annotations.size, marks.reduce((sum, count) => sum + count, 0));
    const ends = devices.map(({ plan }) => plan.segmentQuarters.length * streamsOf(plan).length);
    same("ends", tables.statements.size, ends.reduce((sum, count) => sum + count, 0));
    same("sources", tables.sources.size, devices.filter(({ plan }) => plan.hasSource).length);
    same("chunks in quarantine", tables.quarantine.length, 0);
    same(
      "patients",
      tables.patients.length,
      new Set(devices.map(({ plan }) => plan.patientId)).size,
    );
    same(
      "events of parameter sets",
      kinds.get("parameter-set.stored") ?? 0,
      tables.parameterSets.size,
    );
    const stored = new Map([...tables.chunks.values()].map((chunk) => {
      const { segment } = tables.segments.find(({ segment }) =>
        segment.recordingId === chunk.recordingId && segment.segmentNumber === chunk.segmentNumber
      )!;
      const place = `${formatHex(segment.segmentId)}/${chunk.stream}/${chunk.sequence}`;
      return [place, formatHex(chunk.chunkDigest)];
    }));
    for (const [place, digest] of this.#receipts) {
      if (stored.get(place) !== digest) {
        this.violated(`${place} was acknowledged and is not stored so`);
      }
    }
  }

  /** @returns How many chunks the segment must have. */
  async #checkSegment(plan: DevicePlan, index: number, id: string): Promise<number> {
    const { tables, keys } = this.#disk;
    const recorded = chunksOf(plan, index);
    const segment = tables.segments.find(({ segment }) => formatHex(segment.segmentId) === id)
      ?.segment;
    if (segment === undefined) {
      this.violated(`segment ${index} (${id}) is not stored`);
      return recorded.length;
    }
    const recording = tables.recordings.find((row) => row.recordingId === segment.recordingId)!;
    const key = await recordingKey(memoryKeyStore(keys), recording);
    const signing = segment.signing;
    for (const { stream, descriptorDigest } of segment.streams) {
      let previous = segment.segmentDigest;
      let isCovered = true;
      for (const chunk of recorded.filter((each) => each.stream === stream)) {
        const place = {
          siteId: 1,
          recordingId: segment.recordingId,
          segmentNumber: segment.segmentNumber,
          stream,
          sequence: chunk.sequence,
        };
        const name = `segment ${index}, stream ${stream}, sequence ${chunk.sequence}`;
        const { recordingId, segmentNumber, sequence } = place;
        const row = tables.chunks.get(`${recordingId}/${segmentNumber}/${stream}/${sequence}`);
        if (row === undefined) {
          this.violated(`${name} is lost`);
          continue;
        }
        try {
          const { header, samples, chunkDigest, signature } = verifyChunk(
            unseal(key, chunkPlace(place), row.body),
            {
              sha256: nodeSha256,
              identity: { descriptorDigest, segmentDigest: segment.segmentDigest },
              parameterSet: (digest) => this.#storedSet(recordingId, digest, key),
              ...(signing === null ? {} : {
                verifySignature: (message, signature) =>
                  verifyEd25519(signing.publicKey, message, signature),
              }),
            },
          );
          if (!equalBytes(chunkDigest, row.chunkDigest)) {
            this.violated(`${name} has another digest`);
          }
          if (!equalBytes(header.previousDigest, previous)) {
            this.violated(`${name} breaks the chain`);
          }
          const isSame = samples.length === chunk.samples.length &&
            samples.every((value, i) => value === chunk.samples[i]);
          if (!isSame) this.violated(`${name} has other samples than were recorded`);
          isCovered = signing === null || signature === "valid";
          if (!isCovered && signing?.policy === "chunk") this.violated(`${name} is not signed`);
          previous = chunkDigest;
        } catch (error) {
          this.violated(`${name} cannot be read: ${error}`);
        }
      }
      if (!isCovered) this.violated(`segment ${index}, stream ${stream} ends without a signature`);
    }
    return recorded.length;
  }

  #storedSet(recordingId: string, digest: Uint8Array, key: Uint8Array) {
    const name = formatHex(digest);
    const stored = this.#disk.tables.parameterSets.get(`${recordingId}/${name}`);
    if (stored === undefined) return undefined;
    return readParameterSet(unseal(key, parameterSetPlace(1, recordingId, name), stored.body));
  }
}
