/**
 * What a thief of the disk finds: a recording goes in over HTTP with marked values in every place that
 * belongs to a patient; then the files of the database, its write-ahead log, its log and ours are
 * searched for them.
 */
import { ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import {
  descriptorDigest,
  encodeChunk,
  encodeParameterSetRecord,
  encodeSegmentRecord,
  recordingReference,
  segmentDigest,
  type StreamDescriptor,
} from "@wavekeep/core/chunk";
import { crossChannel, type EncodedPayload } from "@wavekeep/core/codec";
import { fileKeyStore, generateTokenKeys, issueToken, nodeSha256 } from "@wavekeep/core/crypto";
import { createLogger, parseConfig, startEmbeddedPostgres } from "@wavekeep/core/service";
import { sampleRate } from "@wavekeep/core/time";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { prng } from "../core/testing/prng.ts";
import { randomParameterSet } from "../core/testing/random_parameter_set.ts";
import { inDatabase, withLogin } from "../core/testing/test_database.ts";
import { createApp } from "./app.ts";
import { IngestConfig } from "./config.ts";
import { migrate } from "./migrate.ts";
import { openDeps } from "./open_deps.ts";

/** A pseudonym may be found; that it is found shows that the search works. */
const PSEUDONYM = "pseudonym-4711";
const RECORDING = "night-1";
const LABEL = "CANARY-LABEL";
const TEXT = "canary text of an annotation";
/** A kind that no statement and no comment of a migration names. */
const KIND = "sleep-stage";
const FILE_SHA256 = "5ea1ed".repeat(11).slice(0, 64);
const HEADER = "0       CANARY F 02-MAY-1951 Jane_Doe";
const CIVIL = "2076-11-06T13:43:04";
const VALUE = 1234.567890625;
const SET = randomParameterSet(prng(4711), { channelCount: 1, rightShift: 0 });
const SAMPLES = Int32Array.from({ length: 256 }, (_, index) => 70_000 + 31 * index);

/** Every spelling under which a marked value could lie in a file. */
const CANARIES: Readonly<Record<string, Uint8Array>> = {
  "label": Buffer.from(LABEL),
  "annotation text": Buffer.from(TEXT),
  "annotation text, UTF-16": Buffer.from(TEXT, "utf16le"),
  "annotation kind": Buffer.from(KIND),
  "file digest": Buffer.from(FILE_SHA256, "hex"),
  "file digest, hexadecimal": Buffer.from(FILE_SHA256),
  "file header": Buffer.from("Jane_Doe"),
  "file header, base64": Buffer.from(Buffer.from(HEADER).toString("base64").slice(4, 24)),
  "civil start": Buffer.from(CIVIL),
  "samples, int32": new Uint8Array(SAMPLES.slice(8, 12).buffer),
  "samples, binary64": new Uint8Array(Float64Array.of(VALUE, VALUE).buffer),
  "parameter set": SET.bytes.slice(4),
  "samples, decimal": Buffer.from(String(VALUE)),
};

const DESCRIPTOR: StreamDescriptor = {
  stream: 0,
  rate: sampleRate(256),
  kind: "int32",
  channels: [{
    position: 0,
    label: LABEL,
    type: "eeg",
    unit: "uV",
    calibration: {
      digitalMin: -100_000,
      digitalMax: 100_000,
      physicalMin: "-800",
      physicalMax: "800",
    },
    reference: "",
    prefilter: "",
  }],
};

/** Sends a body and wants success. */
type Send = (method: string, path: string, body: unknown) => Promise<void>;

async function sendRecording(send: Send): Promise<void> {
  const recordingPath = `/patients/${PSEUDONYM}/recordings/${RECORDING}`;
  await send("POST", "/recordings", {
    "patient_id": PSEUDONYM,
    "recording_id": RECORDING,
    "idempotency_key": "0".repeat(32),
    "started_at": { civil: CIVIL, zone: null },
  });
  const segmentId = new Uint8Array(16).fill(9);
  const digest = descriptorDigest(DESCRIPTOR, nodeSha256);
  const record = encodeSegmentRecord({
    signaturePolicy: "none",
    recordingReference: recordingReference(PSEUDONYM, RECORDING, nodeSha256),
    segmentId,
    keyId: null,
    openedMicros: null,
    clock: "zone-unknown",
    previousSegmentDigest: null,
    salt: new Uint8Array(32),
    descriptorDigests: [digest],
  });
  await send("POST", `${recordingPath}/segments`, {
    "segment_record": Buffer.from(record).toString("base64"),
    signature: null,
    "start_seconds": "0",
    streams: [{
      stream: 0,
      rate: { samples: "256", seconds: "1" },
      kind: "int32",
      channels: DESCRIPTOR.channels,
    }],
  });
  const shape = { kind: "int32", channelCount: 1, sampleCount: SAMPLES.length } as const;
  const chunkOf = (sequence: number, coding: { codec: "raw" } | { encoded: EncodedPayload }) =>
    encodeChunk({
      ...coding,
      kind: "int32",
      clock: "zone-unknown",
      stream: 0,
      channelCount: 1,
      sequence,
      firstSample: sequence * SAMPLES.length,
      sampleCount: SAMPLES.length,
      deviceTimeMicros: null,
      monotonicNs: 0n,
      segmentId,
      previousDigest: segmentDigest(record, nodeSha256),
      samples: SAMPLES,
      descriptorDigest: digest,
      segmentDigest: segmentDigest(record, nodeSha256),
    }, nodeSha256).bytes;
  const first = chunkOf(0, { codec: "raw" });
  await send("PUT", `/segments/${formatHex(segmentId)}/streams/0/chunks/0`, first);
  const payload = crossChannel.encode(SAMPLES, shape, SET);
  const second = chunkOf(1, { encoded: { codec: "cross-channel", payload, parameterSet: SET } });
  await send("POST", "/ingest", concatBytes(encodeParameterSetRecord(SET.bytes), second));
  await send("POST", "/ingest", {
    "patient_id": PSEUDONYM,
    "recording_id": "json",
    channels: [LABEL],
    start: 0,
    "sample_rate": 256,
    samples: [Array.from({ length: 256 }, () => VALUE)],
    "started_at": { civil: CIVIL, zone: null },
  });
  await send("POST", `${recordingPath}/annotations`, {
    annotations: [{
      "annotation_id": "1".repeat(32),
      kind: KIND,
      source: "human",
      anchor: { coordinate: "recording", onset: "0.5" },
      duration: null,
      text: TEXT,
    }],
  });
  await send("POST", `${recordingPath}/sources`, {
    "file_sha256": FILE_SHA256,
    "byte_length": 1000,
    format: "EDF",
    "segment_ids": [formatHex(segmentId)],
    header: Buffer.from(HEADER).toString("base64"),
    "annotation_bytes_deflated": "",
    "signal_order": [0],
    "record_count_as_written": 1,
    trailing: "",
  });
}

/** Runs ingest on a fresh server in `folder`, sends the recording, stops everything. */
async function fillDatabase(folder: string): Promise<string[]> {
  const lines: string[] = [];
  const logger = createLogger({
    service: "ingest",
    level: "debug",
    write: (line) => lines.push(line),
  });
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: "superuser",
    ephemeral: true,
    // Every statement into the server's log: even then none may show a value.
    settings: { "log_statement": "all", "shared_buffers": "32MB" },
  });
  try {
    const { sites: [site] } = await migrate(server.url, {
      passwords: { writer: "writer" },
      sites: ["s1"],
    });
    const keys = await generateTokenKeys();
    await fileKeyStore(join(folder, "keys"), { create: true });
    await Deno.writeTextFile(join(folder, "public.jwk"), JSON.stringify(keys.publicJwk));
    const token = await issueToken(keys.privateJwk, {
      subject: "device-1",
      siteId: site!.siteId,
      role: "device",
      expiresAt: Math.floor(Date.now() / 1000) + 600,
    });
    const config = parseConfig(IngestConfig, {
      "DATABASE_URL": withLogin(server.url, "wavekeep_writer", "writer"),
      "KEY_DIR": join(folder, "keys"),
      "TOKEN_PUBLIC_KEY_FILE": join(folder, "public.jwk"),
    });
    const { deps, close } = await openDeps(config, logger);
    try {
      const app = createApp(deps);
      await sendRecording(async (method, path, body) => {
        const isBinary = body instanceof Uint8Array;
        const response = await app.request(path, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": isBinary ? CHUNKS_MEDIA_TYPE : "application/json",
          },
          body: isBinary ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body),
        });
        ok(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`);
      });
    } finally {
      await close();
    }
    // Everything from memory into the tables' files.
    await inDatabase(server.url, (client) => client.query("checkpoint"));
  } finally {
    await server.stop();
  }
  return lines;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}

Deno.test("ingest leaves nothing of a patient in the clear, in no file and no log", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-at-rest-" });
  try {
    const lines = await fillDatabase(folder);
    const found: string[] = [];
    let fileCount = 0, pseudonymCount = 0;
    for await (const path of filesBelow(folder)) {
      const bytes = Buffer.from(await Deno.readFile(path));
      fileCount++;
      if (bytes.includes(PSEUDONYM)) pseudonymCount++;
      for (const [what, canary] of Object.entries(CANARIES)) {
        if (bytes.includes(canary)) found.push(`${what} in ${path.slice(folder.length)}`);
      }
    }
    for (const [what, canary] of Object.entries(CANARIES)) {
      if (lines.some((line) => Buffer.from(line).includes(canary))) {
        found.push(`${what} in our log`);
      }
    }
    strictEqual(found.join("\n"), "");
    ok(fileCount > 500, `${fileCount} files`);
    ok(pseudonymCount > 0, "the search finds what is there");
    ok(lines.length > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
