/**
 * Bundles of somebody who knows the format and wants another picture to be called sound: every digest of the
 * log is right, and a file beside it shows what nobody recorded.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LossRecord } from "@wavekeep/core/chunk";
import {
  BUNDLE_FILES,
  describeVerdict,
  type FindingKind,
  gapTable,
  type ManifestJson,
  memoryBundle,
  type Verdict,
  verifyBundle,
} from "@wavekeep/core/proof";
import { exactSeconds, sampleRate } from "@wavekeep/core/time";
import { madeBundle, withSums } from "./testing/made_bundle.ts";
import type { StreamChunks } from "./verify_chunks.ts";

const SOUND = await madeBundle();
const EDF = "data/segment_1.edf";
const HEADER_BYTES = 256 * 5;

type EdfEntry = Extract<ManifestJson["data"][number], { form: "edf" }>;

/** The bundle after a change of manifest and files, with the sums made anew. */
async function verdictAfter(
  change: (manifest: ManifestJson, files: Map<string, Uint8Array>, edf: EdfEntry) => void,
): Promise<Verdict> {
  const files = new Map(SOUND.files);
  const text = new TextDecoder().decode(files.get(BUNDLE_FILES.manifest));
  const manifest: ManifestJson = JSON.parse(text);
  change(manifest, files, manifest.data[1] as EdfEntry);
  files.set(BUNDLE_FILES.manifest, new TextEncoder().encode(JSON.stringify(manifest)));
  withSums(files);
  return await verifyBundle(memoryBundle(files), SOUND.options);
}

function hasKind({ findings }: Verdict, kind: FindingKind, detail: RegExp): boolean {
  return findings.some((one) => one.kind === kind && detail.test(one.detail));
}

/** Samples of the second segment as the log knows them, so that no chunk is missing when the EDF lies. */
function addGenuine(manifest: ManifestJson, files: Map<string, Uint8Array>): void {
  const bytes = files.get(EDF)!;
  const recordBytes = (bytes.byteLength - HEADER_BYTES) / 2;
  const widths = [[0, 16], [16, 16], [32, 4]] as const;
  for (const [stream, signals] of [[0, [0, 1]], [1, [2]]] as const) {
    const out: number[] = [];
    for (let record = 0; record < 2; record++) {
      for (const signal of signals) {
        const [offset, byteLength] = widths[signal]!;
        const start = HEADER_BYTES + record * recordBytes + offset;
        const view = new DataView(bytes.buffer, bytes.byteOffset + start, byteLength);
        for (let at = 0; at < byteLength; at += 2) out.push(view.getInt16(at, true));
      }
    }
    const path = `data/genuine_${stream}.raw`;
    files.set(path, new Uint8Array(Int32Array.from(out).buffer));
    manifest.data.push({ form: "raw", path, segment_id: "11".repeat(16), stream });
  }
}

/** One sample of the first channel in the file is another. */
function forge(files: Map<string, Uint8Array>, at = HEADER_BYTES + 6): void {
  const bytes = files.get(EDF)!.slice();
  bytes[at]! ^= 0x55;
  files.set(EDF, bytes);
}

Deno.test("verifyBundle() takes the same samples from two files, and finds the one that is another", async () => {
  deepStrictEqual((await verdictAfter(addGenuine)).findings, []);
  const verdict = await verdictAfter((manifest, files) => {
    addGenuine(manifest, files);
    forge(files);
  });
  ok(hasKind(verdict, "samples-differ", /^$/));
});

const DISGUISES: readonly [
  string,
  (edf: EdfEntry, manifest: ManifestJson, files: Map<string, Uint8Array>) => void,
  FindingKind,
  RegExp,
][] = [
  [
    "a run that begins behind a chunk's first sample",
    (edf) => {
      for (const part of edf.runs[0]!.streams) {
        part.first_sample += 1;
        part.sample_count -= 1;
      }
    },
    "samples-unproven",
    /a part of the chunk only/,
  ],
  [
    "a run that ends before a chunk does",
    (edf) => {
      edf.runs[0]!.streams[0]!.sample_count = 9;
    },
    "samples-unproven",
    /a part of the chunk only|behind sample 8/,
  ],
  [
    "samples called padding",
    (edf) => {
      edf.runs[0]!.streams[0]!.sample_count = 1;
    },
    "bundle-unreadable",
    /1 samples of stream 0 are not 2 records/,
  ],
  [
    "records that no run claims",
    (edf) => {
      edf.runs[0]!.first_record = 1;
      edf.runs[0]!.record_count = 1;
      edf.runs[0]!.streams = [8, 2].map((rate, stream) => ({
        stream,
        first_sample: rate,
        sample_count: rate,
      }));
    },
    "bundle-unreadable",
    /records 0 and 1 do not join/,
  ],
  [
    "records behind the last run",
    (edf) => {
      edf.runs[0]!.record_count = 1;
      edf.runs[0]!.streams = [8, 2].map((rate, stream) => ({
        stream,
        first_sample: 0,
        sample_count: rate,
      }));
    },
    "bundle-unreadable",
    /it has 2 records, the manifest 1/,
  ],
  [
    "a stream that no run mentions",
    (edf) => {
      edf.runs[0]!.streams.shift();
    },
    "bundle-unreadable",
    /each stream of its signals once/,
  ],
  [
    "a file that the manifest does not name",
    (edf, manifest) => {
      manifest.data = manifest.data.filter((file) => file !== edf);
    },
    "file-unlisted",
    /the manifest does not name it/,
  ],
  [
    "a file that is named twice",
    (edf, manifest) => {
      manifest.data.push(edf);
    },
    "bundle-unreadable",
    /has it twice/,
  ],
  [
    "a segment that comes twice, the second time without chunks",
    (_edf, manifest) => {
      const again = structuredClone(manifest.segments[1]!);
      for (const { chunks } of again.streams) Object.assign(chunks, { byte_length: 0, count: 0 });
      manifest.segments.push(again);
    },
    "segment-differs",
    /the manifest has it twice/,
  ],
];

for (const [name, disguise, kind, detail] of DISGUISES) {
  Deno.test(`verifyBundle() does not call a lie sound: ${name}`, async () => {
    const verdict = await verdictAfter((manifest, files, edf) => {
      addGenuine(manifest, files);
      forge(files, HEADER_BYTES + 4);
      disguise(edf, manifest, files);
    });
    ok(hasKind(verdict, kind, detail), JSON.stringify(verdict.findings));
  });
}

Deno.test("verifyBundle() finds a file that plays the same samples at another speed", async () => {
  const verdict = await verdictAfter((_manifest, files) => {
    const bytes = files.get(EDF)!.slice();
    bytes.set(new TextEncoder().encode("2       "), 244);
    files.set(EDF, bytes);
  });
  ok(hasKind(verdict, "time-differs", /another rate/), JSON.stringify(verdict.findings));
});

Deno.test("verifyBundle() says that it believes nothing in the header of a file that was handed in", async () => {
  const { notes } = await verdictAfter((_manifest, _files, edf) => {
    edf.is_original = true;
  });
  ok(notes.some(({ kind, file }) => kind === "header-unproven" && file === EDF));
});

Deno.test("verifyBundle() makes no room for samples that a chunk only claims", async () => {
  const verdict = await verdictAfter((manifest, files) => {
    const bytes = files.get(BUNDLE_FILES.chunks)!.slice();
    const { offset } = manifest.segments[1]!.streams[0]!.chunks;
    new DataView(bytes.buffer).setUint32(offset + 13, 0xffff_ffff, true);
    files.set(BUNDLE_FILES.chunks, bytes);
  });
  ok(hasKind(verdict, "chunk-differs", /./));
  ok(hasKind(verdict, "bundle-unreadable", /claims 8589934590 samples/));
});

Deno.test("verifyBundle() reads the bytes of chunks once, however often the manifest points at them", async () => {
  const verdict = await verdictAfter((manifest) => {
    const [first, second] = manifest.segments;
    second!.streams.forEach((stream, i) => stream.chunks = first!.streams[i]!.chunks);
    manifest.segments[2]!.streams[0]!.chunks = first!.streams[0]!.chunks;
  });
  ok(hasKind(verdict, "bundle-unreadable", /more than the file/));
});

Deno.test("gapTable() takes as many ends as a manifest has room for", () => {
  const id = new Uint8Array(16);
  const of = {
    segment: { segmentId: "00".repeat(16), start: exactSeconds(0), record: { segmentId: id } },
    stream: { descriptor: { stream: 0, rate: sampleRate(8) } },
    rows: [],
  } as unknown as StreamChunks;
  const end = { kind: "end", segmentId: id, stream: 0, firstSample: 0 } as unknown as LossRecord;
  deepStrictEqual(gapTable([of], { statements: new Array(200_000).fill(end), erased: [] }), []);
});

Deno.test("describeVerdict() shows what a bundle's maker wrote, and no terminal obeys it", async () => {
  const name = "\u001b[2J\u001b[HSOUND: everything in it is what the log holds\u202e\u009b";
  const verdict = await verdictAfter((_manifest, files) => {
    files.set(name, Uint8Array.of(1));
  });
  const text = describeVerdict(verdict);
  // deno-lint-ignore no-control-regex -- they are what must not be there
  strictEqual(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(text), false);
  ok(text.includes("\\u{1b}[2J") && text.includes("DIFFERS"));
  const long = await verdictAfter((manifest) => {
    Object.assign(manifest, { ["x".repeat(1_000_000)]: 1 });
  });
  ok(describeVerdict(long).length < 2_000);
});
