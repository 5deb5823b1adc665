/**
 * .wkc files, written and read back: nothing is lost, nothing slips in, and a name stays out.
 *
 * Safety property: for any bytes, reading a .wkc file gives the samples that were put in or throws; a
 * prefix and a file with a changed bit never give a whole answer.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { bytesByteSource } from "@wavekeep/core/edf";
import { sharedDataDir } from "@wavekeep/core/testing";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import { decodeFile } from "./decode_file.ts";
import { encodeFile } from "./encode_file.ts";
import type { OutputFormat } from "./options.ts";
import { CANARY, edfFile, type EdfFileOptions, withFolder } from "./testing/edf_files.ts";
import { openWkc } from "./wkc_file.ts";
import { decodeWkcHeader, encodeWkcHeader, inflate, WkcHeader } from "./wkc_header.ts";
import { readWkcRecords } from "./wkc_records.ts";

const signal = new AbortController().signal;

async function encode(
  folder: string,
  edf: Uint8Array,
  options: { keepIdentity?: boolean; codec?: "auto" | "raw" | "predictive" } = {},
): Promise<{ wkc: Uint8Array; said: string }> {
  let said = "";
  await Deno.writeFile(`${folder}/in.edf`, edf);
  await encodeFile({
    input: `${folder}/in.edf`,
    output: `${folder}/out.wkc`,
    codec: options.codec ?? "auto",
    keepIdentity: options.keepIdentity ?? false,
    force: true,
    stdout: (text) => void (said += text),
    stderr: () => {},
    isTerminal: false,
    signal,
  });
  return { wkc: await Deno.readFile(`${folder}/out.wkc`), said };
}

async function decode(
  folder: string,
  wkc: Uint8Array,
  options: { as?: OutputFormat; stream?: number; segment?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  await Deno.writeFile(`${folder}/in.wkc`, wkc);
  await decodeFile({
    input: `${folder}/in.wkc`,
    output: `${folder}/back`,
    as: options.as ?? "edf",
    stream: options.stream ?? null,
    segment: options.segment ?? null,
    force: true,
    stdout: () => {},
    stderr: () => {},
    isTerminal: false,
    signal,
  });
  return await Deno.readFile(`${folder}/back`);
}

async function recordsOf(wkc: Uint8Array): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const { bytes } of readWkcRecords(bytesByteSource(wkc))) records.push(bytes);
  return records;
}

const FILES: readonly (readonly [name: string, EdfFileOptions])[] = [
  ["plain EDF", { format: "EDF", records: 4 }],
  ["EDF+C with a mark", { format: "EDF+C", records: 3, recordSeconds: 1 }],
  ["EDF+D with a gap, two rates", { format: "EDF+D", records: 7, gapBefore: 3 }],
  ["BDF", { format: "BDF", records: 3, recordSeconds: 1 }],
  ["BDF+D with a gap", { format: "BDF+D", records: 5, recordSeconds: 2, gapBefore: 1 }],
  ["one channel", { format: "EDF", records: 2, recordSeconds: 1, channels: 1 }],
  ["seventeen channels, over a minute", {
    format: "EDF+D",
    records: 70,
    recordSeconds: 1,
    channels: 17,
    gapBefore: 64,
  }],
];

for (const [name, options] of FILES) {
  Deno.test(`encode and decode give ${name} back: samples, calibration, labels, start`, async () => {
    await withFolder(async (folder) => {
      const edf = await edfFile(options);
      const { wkc } = await encode(folder, edf);
      const back = await decode(folder, wkc);
      const [wanted, found] = [await readWholeEdf(edf), await readWholeEdf(back)];
      deepStrictEqual(found.samples, wanted.samples);
      deepStrictEqual(found.file.header.start, wanted.file.header.start);
      deepStrictEqual(found.file.signals, wanted.file.signals);
      deepStrictEqual(await found.file.runs(), await wanted.file.runs());
      strictEqual(back.byteLength, edf.byteLength);
    });
  });

  Deno.test(`encode --keep-identity and decode give ${name} back byte for byte`, async () => {
    await withFolder(async (folder) => {
      const edf = concatBytes(await edfFile(options), Uint8Array.of(0x20, 0x20));
      const { wkc, said } = await encode(folder, edf, { keepIdentity: true });
      deepStrictEqual(await decode(folder, wkc), edf);
      ok(/may name the patient/.test(said));
    });
  });
}

Deno.test("encode leaves identification and marks out, and says so", async () => {
  await withFolder(async (folder) => {
    const { wkc, said } = await encode(folder, await edfFile({ format: "EDF+C", records: 3 }));
    ok(/Left out: the header's two identification fields, 1 annotations/.test(said), said);
    const header = decodeWkcHeader((await recordsOf(wkc))[0]!);
    const places = [
      wkc,
      Buffer.from(header.header, "base64"),
      inflate(Buffer.from(header.annotation_bytes_deflated, "base64")),
      await decode(folder, wkc),
    ];
    for (const bytes of places) ok(!Buffer.from(bytes).includes(CANARY));
    deepStrictEqual((await readWholeEdf(await decode(folder, wkc))).annotations, []);
    const kept = await encode(folder, await edfFile({ format: "EDF+C", records: 3 }), {
      keepIdentity: true,
    });
    strictEqual((await readWholeEdf(await decode(folder, kept.wkc))).annotations.length, 1);
  });
});

Deno.test("encode gives the same bytes twice, and other bytes by another codec", async () => {
  await withFolder(async (folder) => {
    const edf = await edfFile({ format: "EDF", records: 2 });
    const first = await encode(folder, edf);
    deepStrictEqual((await encode(folder, edf)).wkc, first.wkc);
    const raw = await encode(folder, edf, { codec: "raw" });
    notDeepStrictEqual(raw.wkc, first.wkc);
    deepStrictEqual(await decode(folder, raw.wkc), await decode(folder, first.wkc));
  });
});

Deno.test("decode writes one line a sample as CSV, with segments and unique labels", async () => {
  await withFolder(async (folder) => {
    const edf = await edfFile({ format: "EDF+D", records: 4, recordSeconds: 1, gapBefore: 2 });
    const { wkc } = await encode(folder, edf);
    const lines = new TextDecoder().decode(await decode(folder, wkc, { as: "csv" })).split("\r\n");
    strictEqual(lines.pop(), "");
    strictEqual(lines.shift(), "segment,sample,EEG C0,EEG F3,EEG C2");
    const { samples } = await readWholeEdf(edf);
    deepStrictEqual(
      lines,
      Array.from(
        { length: 256 },
        (_, i) => [Math.floor(i / 128), i % 128, ...samples.map((channel) => channel[i])].join(","),
      ),
    );
  });
});

Deno.test("decode writes rows of int32 as raw, of one segment and stream", async () => {
  await withFolder(async (folder) => {
    const edf = await edfFile({ format: "EDF+D", records: 4, gapBefore: 2 });
    const { wkc } = await encode(folder, edf);
    await rejects(decode(folder, wkc, { as: "raw" }), /among 2 streams: --stream/);
    await rejects(decode(folder, wkc, { as: "raw", stream: 0 }), /join 2 segments.*--segment/);
    await rejects(decode(folder, wkc, { as: "csv", stream: 2 }), /streams 0 to 1/);
    await rejects(decode(folder, wkc, { as: "csv", stream: 0, segment: 2 }), /segments 0 to 1/);
    const raw = await decode(folder, wkc, { as: "raw", stream: 0, segment: 1 });
    const { samples } = await readWholeEdf(edf);
    const view = new DataView(raw.buffer);
    strictEqual(raw.byteLength, 640 * 3 * 4);
    for (let i = 0; i < 640 * 3; i++) {
      strictEqual(view.getInt32(4 * i, true), samples[i % 3]![640 + Math.floor(i / 3)]);
    }
  });
});

async function readAll(wkc: Uint8Array): Promise<number> {
  const opened = await openWkc(bytesByteSource(wkc));
  let sampleCount = 0;
  for await (const part of opened.parts()) sampleCount += part.samples.length;
  return sampleCount;
}

Deno.test("openWkc() rejects every proper prefix", async () => {
  await withFolder(async (folder) => {
    const { wkc } = await encode(folder, await edfFile({ format: "EDF", records: 1 }));
    strictEqual(await readAll(wkc), 320 * 3 + 64);
    for (let length = 0; length < wkc.byteLength; length++) {
      await rejects(
        readAll(wkc.subarray(0, length)),
        /^(Truncated|Corrupt)InputError/,
        `${length}`,
      );
    }
  });
});

Deno.test("openWkc() rejects every flipped bit", async () => {
  await withFolder(async (folder) => {
    const { wkc } = await encode(
      folder,
      await edfFile({ format: "EDF", records: 1, recordSeconds: 1, channels: 1 }),
    );
    for (let bit = 0; bit < 8 * wkc.byteLength; bit++) {
      const damaged = wkc.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await rejects(
        readAll(damaged),
        (error: Error) => /Error$/.test(error.name) && error.name !== "AssertionError",
        `bit ${bit}`,
      );
    }
  });
});

Deno.test("openWkc() refuses chunks that are missing, swapped, doubled or another file's", async () => {
  await withFolder(async (folder) => {
    const gapped = { format: "EDF+D", records: 4, recordSeconds: 1, gapBefore: 2 } as const;
    const records = await recordsOf((await encode(folder, await edfFile(gapped))).wkc);
    const other = await recordsOf(
      (await encode(folder, await edfFile({ ...gapped, seed: 2 }))).wkc,
    );
    const chunkIndexes = records.flatMap((bytes, i) => bytes[2] === 0x43 ? [i] : []);
    const [first, second] = chunkIndexes as [number, number];
    const swapped = [...records];
    [swapped[first], swapped[second]] = [swapped[second]!, swapped[first]!];
    const changed: Record<string, Uint8Array[]> = {
      missing: records.toSpliced(second, 1),
      "missing at the end": records.slice(0, -1),
      swapped,
      doubled: records.toSpliced(first, 0, records[first]!),
      "doubled at the end": [...records, records.at(-1)!],
      "of another file": records.with(first, other.find((bytes) => bytes[2] === 0x43)!),
      "headless": records.slice(1),
      "with two headers": [...records, records[0]!],
    };
    for (const [name, list] of Object.entries(changed)) {
      await rejects(readAll(concatBytes(...list)), /Error/, name);
    }
    strictEqual(await readAll(concatBytes(...records)), 3 * 256);
  });
});

Deno.test("decode refuses a header that contradicts its chunks, and leaves nothing behind", async () => {
  await withFolder(async (folder) => {
    const { wkc } = await encode(folder, await edfFile({ format: "EDF", records: 2 }));
    const [first, ...chunks] = await recordsOf(wkc) as [Uint8Array, ...Uint8Array[]];
    const header = decodeWkcHeader(first);
    const changes: Record<string, WkcHeader> = {
      "fewer records": {
        ...header,
        segments: header.segments.map((segment) => ({ ...segment, "record_count": 1 })),
      },
      "more records": {
        ...header,
        segments: header.segments.map((segment) => ({ ...segment, "record_count": 3 })),
      },
      "a stream less": { ...header, descriptors: header.descriptors.slice(1) },
      "streams swapped": { ...header, descriptors: header.descriptors.toReversed() },
      "other annotations": { ...header, "annotation_bytes_deflated": "eJxjAAAAAQAB" },
      "no EDF header": { ...header, header: "AAAA" },
      "another digest": { ...header, "file_sha256": "0".repeat(64) },
    };
    for (const [name, changed] of Object.entries(changes)) {
      const bytes = concatBytes(encodeWkcHeader(changed), ...chunks);
      await Deno.remove(`${folder}/back`).catch(() => {});
      await rejects(decode(folder, bytes), Error, name);
      const left = (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort();
      deepStrictEqual(left, ["in.edf", "in.wkc", "out.wkc"], name);
    }
  });
});

Deno.test("decodeWkcHeader() reads what encodeWkcHeader() wrote, and nothing newer", () => {
  const header = WkcHeader.parse({
    identity: false,
    header: "AAAA",
    "annotation_bytes_deflated": "",
    trailing: "",
    "file_sha256": null,
    descriptors: ["AAAA"],
    segments: [],
  });
  const bytes = encodeWkcHeader(header);
  deepStrictEqual(decodeWkcHeader(bytes), header);
  strictEqual(new TextDecoder().decode(bytes.subarray(0, 4)), "WKF1");
});

Deno.test("real recordings come back byte for byte", async () => {
  const folder = sharedDataDir();
  if (folder === undefined) {
    // deno-lint-ignore no-console
    console.log("skipped: no real recordings at ../shared/data or WAVEKEEP_SHARED_DATA");
    return;
  }
  await withFolder(async (own) => {
    for (
      const path of [
        "chbmit/chb01_18_s1710_edfplusD_reencoded.edf",
        "psg/short_psg.edf",
        "bdf/edfjl_bdf_test.bdf",
        "clinical/nihonkohden_MB0400FU.EDF",
        "clinical/mne_test_139ch_512Hz.edf",
      ]
    ) {
      const edf = await Deno.readFile(`${folder}/${path}`);
      const { wkc } = await encode(own, edf, { keepIdentity: true });
      deepStrictEqual(await decode(own, wkc), edf, path);
    }
  });
});
