import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import {
  BUNDLE_FILES,
  type Finding,
  type FindingKind,
  type ManifestJson,
  memoryBundle,
  type Verdict,
  verifyBundle,
} from "@wavekeep/core/proof";
import { madeBundle, withSums } from "./testing/made_bundle.ts";

const SOUND = await madeBundle();

async function verdictOf(
  files: Map<string, Uint8Array>,
  options = SOUND.options,
): Promise<Verdict> {
  return await verifyBundle(memoryBundle(files), options);
}

/** Kinds of findings, each once. */
function kindsOf({ findings }: Verdict): FindingKind[] {
  return [...new Set(findings.map(({ kind }) => kind))].sort();
}

/** The verdict after a change of one file, with the sums made anew. */
async function changed(path: string, change: (bytes: Uint8Array) => void): Promise<Verdict> {
  const files = new Map(SOUND.files);
  const bytes = files.get(path)!.slice();
  change(bytes);
  files.set(path, bytes);
  withSums(files);
  return await verdictOf(files);
}

async function changedManifest(change: (manifest: ManifestJson) => void): Promise<Verdict> {
  const manifest: ManifestJson = JSON.parse(
    new TextDecoder().decode(SOUND.files.get(BUNDLE_FILES.manifest)),
  );
  change(manifest);
  const files = new Map(SOUND.files);
  files.set(BUNDLE_FILES.manifest, new TextEncoder().encode(JSON.stringify(manifest)));
  withSums(files);
  return await verdictOf(files);
}

Deno.test("verifyBundle() finds nothing in a sound bundle, and says what it looked at", async () => {
  const verdict = await verdictOf(SOUND.files);
  deepStrictEqual(verdict.findings, []);
  deepStrictEqual(verdict.unchecked, []);
  deepStrictEqual(verdict.counts, {
    leaves: 29,
    segments: 3,
    chunks: 14,
    samples: 4 * 18 + 2 * 18 + 2 * 4,
    annotations: 3,
    signatures: 2 + 1 + 8 + 2,
  });
  strictEqual(verdict.checkpoint?.witnessCount, 1);
  deepStrictEqual(
    new Set(verdict.notes.map(({ kind }) => kind)),
    new Set(["unsigned", "calibration-rounded", "pending", "completeness-unproven"]),
  );
});

Deno.test("verifyBundle() finds every bit that is another in what the log vouches for", async () => {
  const places: [path: string, from: number, stride: number][] = [
    [BUNDLE_FILES.leaves, 3, 311],
    [BUNDLE_FILES.proof, 1, 101],
    [BUNDLE_FILES.chunks, 2, 151],
    [BUNDLE_FILES.checkpoint, 0, 47],
    ["data/segment_2.raw", 0, 23],
  ];
  let flipped = 0;
  for (const [path, from, stride] of places) {
    const bits = SOUND.files.get(path)!.byteLength * 8;
    for (let bit = from; bit < bits; bit += stride) {
      const verdict = await changed(path, (bytes) => bytes[bit >> 3]! ^= 1 << (bit & 7));
      ok(verdict.findings.length > 0, `bit ${bit} of ${path}`);
      flipped++;
    }
  }
  ok(flipped > 300, `${flipped} bits`);
});

Deno.test("verifyBundle() names chunk and second of every sample that is another", async () => {
  const header = 256 * 5;
  const recordBytes = SOUND.files.get("data/segment_0.edf")!.byteLength - header;
  const perRecord = recordBytes / 4;
  for (let record = 0; record < 4; record++) {
    for (let byte = record; byte < 36; byte += 5) {
      const verdict = await changed("data/segment_0.edf", (bytes) => {
        bytes[header + record * perRecord + byte]! ^= 1;
      });
      const sequence = [0, 1, 3, 4][record]!;
      const stream = byte < 32 ? 0 : 1;
      deepStrictEqual(verdict.findings, [{
        kind: "samples-differ",
        detail: "",
        pseudonym: "77".repeat(16),
        segmentId: "10".repeat(16),
        stream,
        sequence,
        second: `${sequence}.25`,
        file: "data/segment_0.edf",
      }]);
    }
  }
});

Deno.test("verifyBundle() finds every letter that is another in labels, calibration and names of EDF", async () => {
  // Fixed header up to the reserved field, and the signal table without transducers and reserved.
  const signals = 4;
  const widths = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32];
  const meaning = [true, false, true, true, true, true, true, true, true, false];
  const ranges: [number, number][] = [[8, 168]];
  let offset = 256;
  widths.forEach((width, field) => {
    // The annotation signal is the last; its numbers scale nothing.
    if (meaning[field]) ranges.push([offset, offset + width * (signals - 1)]);
    offset += width * signals;
  });
  for (const [start, end] of ranges) {
    // Sixteen letters a label, eight a number: no field is passed over.
    for (let at = start + 3; at < end; at += 7) {
      const before = SOUND.files.get("data/segment_0.edf")![at]!;
      // A blank that becomes another blank says the same.
      const verdict = await changed("data/segment_0.edf", (bytes) => {
        bytes[at] = before === 0x37 ? 0x38 : 0x37;
      });
      ok(verdict.findings.length > 0, `byte ${at}`);
    }
  }
});

/** Changes of the manifest, and what each must be called. */
const MANIFEST_CHANGES: readonly [string, (manifest: ManifestJson) => void, FindingKind][] = [
  ["another patient", (m) => m.recording.patient_id = "P-2", "link-differs"],
  ["another recording", (m) => m.recording.recording_id = "R-2", "segment-differs"],
  ["another pseudonym", (m) => m.recording.pseudonym = "78".repeat(16), "leaf-of-other-recording"],
  ["another start", (m) => m.recording.started_at!.civil = "2026-03-01T22:10:01.5", "time-differs"],
  ["another day", (m) => m.recording.started_at!.civil = "2026-03-02T22:10:00.5", "start-differs"],
  ["a zone", (m) => m.recording.started_at!.zone = "Europe/Vienna", "start-differs"],
  ["no start", (m) => m.recording.started_at = null, "start-differs"],
  ["another size", (m) => m.log.size++, "log-proof-differs"],
  ["fewer leaves", (m) => m.log.leaf_count--, "bundle-unreadable"],
  ["other earlier sizes", (m) => m.log.earlier_sizes[0]!++, "log-proof-differs"],
  ["a segment moved", (m) => m.segments[1]!.start = "11", "time-differs"],
  ["an implicit segment", (m) => m.segments[0]!.implicit = true, "time-differs"],
  ["a segment left out", (m) => m.segments.splice(1, 1), "segment-differs"],
  ["a signature left out", (m) => m.segments[0]!.signature = null, "signature-missing"],
  [
    "another signature",
    (m) => m.segments[0]!.signature = m.segments[1]!.signature,
    "signature-refused",
  ],
  [
    "another descriptor",
    (m) => m.segments[0]!.streams[0]!.descriptor = m.segments[0]!.streams[1]!.descriptor,
    "descriptor-differs",
  ],
  ["a stream left out", (m) => m.segments[0]!.streams.pop(), "descriptor-differs"],
  ["fewer chunks", (m) => m.segments[0]!.streams[0]!.chunks.count--, "bundle-unreadable"],
  ["a loss left out", (m) => m.statements.pop(), "statement-differs"],
  ["an unsigned loss", (m) => m.statements[0]!.signature = null, "signature-missing"],
  ["no key", (m) => m.keys.pop(), "key-differs"],
  [
    "a mark's text",
    (m) => m.annotations[0] = m.annotations[0]!.replace("seen", "none"),
    "annotation-differs",
  ],
  ["a version left out", (m) => m.annotations.shift(), "annotation-differs"],
  ["a review left out", (m) => m.reviews.pop(), "annotation-differs"],
  [
    "a verdict",
    (m) => m.reviews[0] = m.reviews[0]!.replace("accepted", "rejected"),
    "annotation-differs",
  ],
  ["a file left out", (m) => m.data.pop(), "samples-missing"],
  ["a gap left out", (m) => m.gaps.shift(), "gap-differs"],
  ["a gap that is none", (m) => m.gaps[0]!.kind = "not-recorded", "gap-differs"],
  ["a gap closed early", (m) => m.gaps[2]!.end = "9", "gap-differs"],
  ["a fit not said", (m) => m.calibration.shift(), "calibration-differs"],
  ["another error", (m) => m.calibration[0]!.relative_error = 0, "calibration-differs"],
  ["another version", (m) => (m as { version: number }).version = 2, "bundle-unreadable"],
];

for (const [name, change, kind] of MANIFEST_CHANGES) {
  Deno.test(`verifyBundle() names a change of the manifest: ${name}`, async () => {
    const kinds = kindsOf(await changedManifest(change));
    ok(kinds.includes(kind), kinds.join());
  });
}

Deno.test("verifyBundle() names runs that claim samples at another place", async () => {
  const swapped = await changedManifest(({ data: [file] }) => {
    if (file?.form !== "edf") return;
    [file.signals[0], file.signals[1]] = [file.signals[1]!, file.signals[0]!];
  });
  ok(kindsOf(swapped).includes("samples-differ"));
  ok(kindsOf(swapped).includes("calibration-differs"));
  const shifted = await changedManifest(({ data: [file] }) => {
    if (file?.form === "edf") file.runs[1]!.streams[0]!.first_sample = 16;
  });
  ok(kindsOf(shifted).includes("samples-unproven"));
  ok(kindsOf(shifted).includes("samples-missing"));
});

Deno.test("verifyBundle() wants the sums to be those of every file", async () => {
  const files = new Map(SOUND.files);
  files.set("data/added.edf", new Uint8Array(3));
  deepStrictEqual(kindsOf(await verdictOf(files)), ["file-unlisted"]);
  files.delete("data/added.edf");
  const bytes = files.get(BUNDLE_FILES.manifest)!.slice();
  const at = new TextDecoder().decode(bytes).indexOf("a test");
  bytes[at]! ^= 1;
  files.set(BUNDLE_FILES.manifest, bytes);
  deepStrictEqual(kindsOf(await verdictOf(files)), ["file-differs"]);
});

for (const path of SOUND.files.keys()) {
  Deno.test(`verifyBundle() says that ${path} is missing, and throws nothing`, async () => {
    const files = new Map(SOUND.files);
    files.delete(path);
    const { findings } = await verdictOf(files);
    ok(findings.some(({ kind, file }: Finding) => kind === "file-missing" && file === path));
  });
}

Deno.test("verifyBundle() compares with checkpoints that were kept", async () => {
  const verdictWith = async (...sizes: number[]) => {
    const kept = await Promise.all(sizes.map(SOUND.checkpointAt));
    return await verdictOf(SOUND.files, { ...SOUND.options, kept });
  };
  const size = SOUND.manifest.log.size;
  for (const same of [7, 20, size]) {
    const verdict = await verdictWith(same);
    deepStrictEqual([verdict.findings, verdict.unchecked], [[], []]);
  }
  const untold = await verdictWith(8);
  deepStrictEqual([untold.findings, untold.unchecked.length], [[], 1]);
});

Deno.test("verifyBundle() names a log that was rolled back, and one with another history", async () => {
  const longer = await madeBundle({
    contents: (contents) => contents.push(contents.at(-1)!),
  });
  const size = longer.manifest.log.size;
  const rolledBack = await verdictOf(SOUND.files, {
    ...SOUND.options,
    kept: [await longer.checkpointAt(size)],
  });
  deepStrictEqual(rolledBack.findings.map(({ kind, detail }) => [kind, detail]), [[
    "rolled-back",
    `rolled back at size ${SOUND.manifest.log.size}: the kept checkpoint has ${size} leaves`,
  ]]);
  const forked = await madeBundle({
    contents: ([first]) => (first as { receivedAtMicros: bigint }).receivedAtMicros = 5n,
  });
  const other = await verdictOf(SOUND.files, {
    ...SOUND.options,
    kept: [await forked.checkpointAt(20)],
  });
  deepStrictEqual(kindsOf(other), ["history-differs"]);
});

Deno.test("verifyBundle() wants an erasure for what is not opened", async () => {
  const isTarget = (content: { type: string; sequence?: number }) =>
    content.type === "chunk" && content.sequence === 4;
  const hidden = await madeBundle({ unopened: isTarget });
  const verdict = await verdictOf(hidden.files, hidden.options);
  ok(kindsOf(verdict).includes("leaf-unopened"));
  ok(kindsOf(verdict).includes("chunk-unproven"));
});

Deno.test("verifyBundle() refuses other keys, fewer witnesses, and foreign kept checkpoints", async () => {
  const policy = SOUND.options.policy!;
  const stranger = { ...policy.logKey, publicKey: new Uint8Array(32).fill(3) };
  const other = { ...SOUND.options, policy: { ...policy, logKey: stranger } };
  deepStrictEqual(kindsOf(await verdictOf(SOUND.files, other)), ["checkpoint-refused"]);
  const more = { ...SOUND.options, policy: { ...policy, quorum: 2 } };
  deepStrictEqual(kindsOf(await verdictOf(SOUND.files, more)), ["checkpoint-refused"]);
  const kept = [await SOUND.checkpointAt(7)];
  await rejects(verdictOf(SOUND.files, { ...other, kept }), /no known key|log has not signed/);
  const unwitnessed = await madeBundle({ witnessed: false });
  const { findings, notes } = await verdictOf(unwitnessed.files, unwitnessed.options);
  deepStrictEqual(findings, []);
  ok(notes.some(({ kind }) => kind === "unwitnessed"));
});
