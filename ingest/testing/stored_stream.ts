/**
 * A recording of one stream, written straight into the tables as ingest would have stored it: thousands of
 * chunks in a second, with keys and samples that a test or a bench knows.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import {
  descriptorDigest,
  encodeChunk,
  encodeDescriptor,
  encodeSegmentRecord,
  recordingReference,
  segmentDigest,
} from "@wavekeep/core/chunk";
import {
  chunkPlace,
  descriptorPlace,
  type KeyStore,
  nodeSha256,
  randomKey,
  recordingKeyPlace,
  seal,
  segmentRecordPlace,
  wrapKey,
} from "@wavekeep/core/crypto";
import { makeChunkLeaf } from "@wavekeep/core/log";
import type { Channel } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import pg from "pg";
import { secretsOf } from "../recording_key.ts";
import { uuidV4, uuidV7 } from "../uuid_v7.ts";

/** What is stored. */
export interface StoredStreamSpec {
  readonly siteId: number;
  readonly keyStore: KeyStore;
  readonly patientCode: string;
  readonly recordingCode: string;
  /** At 256 Hz, raw int32: 1,024 bytes a second each. */
  readonly channelCount: number;
  readonly chunkCount: number;
  readonly value: (row: number, index: number) => number;
}

/** What was stored. */
export interface StoredStream {
  readonly recordingId: string;
  readonly patientUuid: string;
  /** Hexadecimal. */
  readonly segmentId: string;
  /** The chunks as they were sealed, by sequence. */
  readonly chunks: readonly Uint8Array[];
}

const RATE = sampleRate(256);
const ROWS_PER_INSERT = 200;

const random = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));

/** Stores it. @param ownerUrl A superuser. */
export async function storeStream(ownerUrl: string, spec: StoredStreamSpec): Promise<StoredStream> {
  const { siteId, keyStore, channelCount } = spec;
  const recordingId = uuidV7(BigInt(Date.now()), random(10));
  const patientUuid = uuidV4(random(16));
  const key = randomKey();
  const patientKey = await keyStore.createPatientKey(patientUuid);
  const channels = Array.from({ length: channelCount }, (_, position): Channel => ({
    position,
    label: `C${position}`,
    type: "eeg",
    unit: "uV",
    calibration: {
      digitalMin: -32768,
      digitalMax: 32767,
      physicalMin: "-3276.8",
      physicalMax: "3276.7",
    },
    reference: "",
    prefilter: "",
  }));
  const descriptor = { stream: 0, rate: RATE, kind: "int32" as const, channels };
  const digest = descriptorDigest(descriptor, nodeSha256);
  const reference = recordingReference(spec.patientCode, spec.recordingCode, nodeSha256);
  const segmentId = random(16);
  const record = encodeSegmentRecord({
    signaturePolicy: "none",
    recordingReference: reference,
    segmentId,
    keyId: null,
    openedMicros: null,
    clock: "unknown",
    previousSegmentDigest: null,
    salt: random(32),
    descriptorDigests: [digest],
  });
  const place = { siteId, recordingId, segmentNumber: 0, stream: 0 };
  const client = new pg.Client({ connectionString: ownerUrl });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("select set_config('app.site', $1, false)", [String(siteId)]);
    await client.query("select wavekeep.ensure_chunk_partition($1)", [recordingId]);
    await client.query(
      `insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, $2, $3)`,
      [patientUuid, siteId, spec.patientCode],
    );
    await client.query(
      `insert into wavekeep.recording
          (recording_id, site_id, patient_uuid, recording_code, reference, wrapped_key)
        values ($1, $2, $3, $4, $5, $6)`,
      [
        recordingId,
        siteId,
        patientUuid,
        spec.recordingCode,
        reference,
        wrapKey(patientKey, recordingKeyPlace(siteId, recordingId), key),
      ],
    );
    await client.query(
      `insert into wavekeep.segment (recording_id, segment_no, site_id, segment_id, segment_digest,
          record, clock, start_seconds) values ($1, 0, $2, $3, $4, $5, 0, '0')`,
      [
        recordingId,
        siteId,
        segmentId,
        segmentDigest(record, nodeSha256),
        seal(key, segmentRecordPlace(siteId, recordingId, 0), record),
      ],
    );
    await client.query(
      `insert into wavekeep.stream (recording_id, segment_no, stream_no, site_id, rate_samples,
          rate_seconds, kind, channel_count, descriptor_digest, descriptor_sealed)
        values ($1, 0, 0, $2, 256, 1, 1, $3, $4, $5)`,
      [
        recordingId,
        siteId,
        channelCount,
        digest,
        seal(key, descriptorPlace(place), encodeDescriptor(descriptor)),
      ],
    );
    const identity = {
      descriptorDigest: digest,
      segmentDigest: segmentDigest(record, nodeSha256),
    };
    const chunks = await storeChunks(client, { ...spec, place, key, segmentId, identity });
    return { recordingId, patientUuid, segmentId: formatHex(segmentId), chunks };
  } finally {
    await client.end();
  }
}

async function storeChunks(
  client: pg.Client,
  spec: StoredStreamSpec & {
    readonly place: { siteId: number; recordingId: string; segmentNumber: number; stream: number };
    readonly key: Uint8Array;
    readonly segmentId: Uint8Array;
    readonly identity: { descriptorDigest: Uint8Array; segmentDigest: Uint8Array };
  },
): Promise<Uint8Array[]> {
  const { place, key, segmentId, identity, channelCount, chunkCount, value } = spec;
  const secrets = secretsOf(key);
  const chunks: Uint8Array[] = [];
  let previousDigest = identity.segmentDigest;
  for (let first = 0; first < chunkCount; first += ROWS_PER_INSERT) {
    const values: unknown[] = [];
    const rows: string[] = [];
    for (
      let sequence = first;
      sequence < Math.min(chunkCount, first + ROWS_PER_INSERT);
      sequence++
    ) {
      const firstSample = 256 * sequence;
      const made = encodeChunk({
        ...identity,
        codec: "raw",
        kind: "int32",
        clock: "unknown",
        stream: 0,
        channelCount,
        sequence,
        firstSample,
        sampleCount: 256,
        deviceTimeMicros: null,
        monotonicNs: 0n,
        segmentId,
        previousDigest,
        samples: Int32Array.from(
          { length: channelCount * 256 },
          (_, i) => value(Math.floor(i / 256), firstSample + i % 256),
        ),
      }, nodeSha256);
      previousDigest = made.chunkDigest;
      chunks.push(made.bytes);
      const receivedAtMicros = BigInt(Date.now()) * 1000n;
      const storedDigest = nodeSha256(made.bytes);
      const { leafHash } = makeChunkLeaf({
        siteId: place.siteId,
        pseudonym: secrets.pseudonym,
        segmentId,
        stream: 0,
        sequence,
        chunkDigest: made.chunkDigest,
        storedDigest,
        receivedAtMicros,
        saltOf: secrets.saltOf,
      }, nodeSha256);
      const at = values.length;
      rows.push(
        `($${at + 1}, $${at + 2}, 0, 0, $${at + 3}, $${at + 4}, 256, 1,
          timestamptz 'epoch' + $${at + 5}::float8 * interval '1 millisecond', $${at + 6}, $${
          at + 7
        }, $${at + 8}, $${at + 9})`,
      );
      values.push(
        place.siteId,
        place.recordingId,
        sequence,
        firstSample,
        Number(receivedAtMicros / 1000n),
        made.chunkDigest,
        storedDigest,
        leafHash,
        seal(key, chunkPlace({ ...place, sequence }), made.bytes),
      );
    }
    await client.query(
      `insert into wavekeep.chunk (site_id, recording_id, segment_no, stream_no, sequence,
          first_sample, sample_count, incarnation, received_at, chunk_digest, stored_digest, leaf_hash,
          body) values ${rows.join(",")}`,
      values,
    );
  }
  return chunks;
}
