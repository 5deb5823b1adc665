// A device that is stopped again and again goes on where it was: every stream's chunks form one unbroken
// chain from the segment's digest on, and the samples are those of the file.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { chunkDigest, readChunkHeader } from "@wavekeep/core/chunk";
import { formatHex, parseHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { CHUNKS_MEDIA_TYPE, type RecordingDetail } from "@wavekeep/core/wire";
import { chunksOf } from "../../core/testing/decode_records.ts";
import { runDevice } from "../../simulator/device.ts";
import { createIngestClient } from "../../simulator/ingest_client.ts";
import { earliestStart, openInputs, recordingOfFiles } from "../../simulator/recording_files.ts";
import { openUploadMemory } from "../../simulator/upload_memory.ts";
import { readRawEdf } from "./testing/raw_edf.ts";
import { describe, readStored, windowPath } from "./testing/read_back.ts";
import { type Truth, truthTest } from "./testing/truth_test_case.ts";

const CODES = { patientId: "p", recordingId: "resumed" };

/** Runs the device until it has made `chunks` chunks; each time as a new process would. */
async function runUntil(truth: Truth, path: string, folder: string, chunks: number) {
  const inputs = await openInputs([path]);
  const memory = await openUploadMemory(folder, { siteId: truth.database.siteId, ...CODES });
  const stop = new AbortController();
  let made = 0;
  try {
    return await runDevice({
      codes: CODES,
      source: await recordingOfFiles(inputs, earliestStart(inputs)),
      client: createIngestClient({
        url: "http://ingest",
        token: () => truth.token({ role: "device" }),
        fetch: async (input, init) => await truth.ingest.fetch(new Request(input, init)),
      }),
      memory,
      speed: "max",
      stop: stop.signal,
      onProgress: () => {
        if (made++ >= chunks) stop.abort();
      },
    });
  } finally {
    for (const input of inputs) input.close();
    memory.close();
  }
}

/** Follows every stream's chain and counts its chunks. */
async function chainLengths(truth: Truth, { segments }: RecordingDetail): Promise<number[]> {
  const lengths: number[] = [];
  for (const segment of segments) {
    const response = await truth.get(
      windowPath(CODES, segment.start_seconds, segment.end_seconds),
      { headers: { accept: CHUNKS_MEDIA_TYPE } },
    );
    strictEqual(response.status, 200);
    const chunks = [...chunksOf(await response.bytes())].map((bytes) => readChunkHeader(bytes));
    for (const { stream, descriptor_digest: descriptorDigest } of segment.streams) {
      const segmentDigest = parseHex(segment.segment_digest);
      let previous = segment.segment_digest;
      const own = chunks.filter((chunk) => chunk.stream === stream);
      for (const [index, header] of own.entries()) {
        strictEqual(header.sequence, index);
        strictEqual(formatHex(header.previousDigest), previous, `stream ${stream} chunk ${index}`);
        const identity = { descriptorDigest: parseHex(descriptorDigest), segmentDigest };
        previous = formatHex(chunkDigest(header, identity, nodeSha256));
      }
      lengths.push(own.length);
    }
  }
  return lengths;
}

for (
  const [path, lengths] of [
    ["psg/short_psg.edf", [300, 300]],
    ["parser-corpus/mne_test_uneven_samp.edf", [110, 110]],
    ["parser-corpus/edfReader_edfPlusD.edf", [1, 1, 6, 1, 1, 1]],
    ["parser-corpus/mne_test_edf_stim_channel.edf", [10]],
  ] as const
) {
  truthTest(`a device stopped again and again sends ${path} once, as one chain`, async (truth) => {
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-resume-" });
    try {
      const file = `${truth.data}/${path}`;
      const total = lengths.reduce((sum: number, length) => sum + length, 0);
      let stored = 0;
      for (const share of [0.05, 0.3, 0.31, 0.6, Infinity]) {
        const done = await runUntil(truth, file, folder, Math.floor(share * total));
        stored += done.chunksStored;
        ok(done.chunksRepeated === 0, "what is there is not sent again");
      }
      strictEqual(stored, total);
      const detail = await describe(truth, CODES);
      deepStrictEqual(await chainLengths(truth, detail), [...lengths]);
      const raw = readRawEdf(await Deno.readFile(file));
      const segments = await readStored(truth, CODES);
      for (const [index, { samples }] of raw.signals.entries()) {
        const joined = segments.flatMap(({ channels }) => [...channels[index]!.samples]);
        deepStrictEqual(Int32Array.from(joined), samples, `signal ${index}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

truthTest(
  "a device that lost its memory goes on with a file and doubles nothing",
  async (truth) => {
    const path = "parser-corpus/edfReader_edfPlusD.edf";
    const stored: number[] = [];
    for (const until of [4, Infinity, Infinity]) {
      const folder = await Deno.makeTempDir({ prefix: "wavekeep-forgetful-" });
      try {
        const done = await runUntil(truth, `${truth.data}/${path}`, folder, until);
        stored.push(done.chunksStored);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
    ok(stored[0]! > 0 && stored[0]! < 11, `${stored}`);
    deepStrictEqual([stored[0]! + stored[1]!, stored[2]], [11, 0]);
    deepStrictEqual(
      await chainLengths(truth, await describe(truth, CODES)),
      [1, 1, 6, 1, 1, 1],
    );
  },
);
