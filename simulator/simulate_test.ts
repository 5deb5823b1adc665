/**
 * `simulate` and `export` as commands, against the real services, with real recordings.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
// @ts-types="../core/edf/edfdecoder_types.d.ts"
import edfdecoder from "edfdecoder";
import { bytesByteSource, openEdf } from "@wavekeep/core/edf";
import { readChunkHeader } from "@wavekeep/core/chunk";
import { chunksOf, decodeRecords } from "../core/testing/decode_records.ts";
import { readShared, sharedDataDir } from "../core/testing/shared_data.ts";
import { runScript, type Started, startOn, waitUntil } from "./testing/started.ts";

const BASE_PORT = 8700;

/** Rows of a stored window, joined over its chunks: one array per channel of the first stream. */
async function storedRows(
  started: Started,
  codes: { patient: string; recording: string },
  window = { start: 0, end: 100 },
): Promise<number[][]> {
  const response = await started.query(
    `/eeg?patient_id=${codes.patient}&recording_id=${codes.recording}` +
      `&start=${window.start}&end=${window.end}`,
    "application/vnd.wavekeep.chunks",
  );
  const bytes = new Uint8Array(await response.arrayBuffer());
  strictEqual(response.status, 200, new TextDecoder().decode(bytes.subarray(0, 500)));
  const rows: number[][] = [];
  for (const { header, samples } of decodeRecords(bytes)) {
    for (let row = 0; row < header.channelCount; row++) {
      const from = row * header.sampleCount;
      (rows[row] ??= []).push(...samples.subarray(from, from + header.sampleCount));
    }
  }
  return rows;
}

/** SHA-256 of int32 LE, channel after channel: the form of the golden facts. */
function goldenDigest(rows: readonly number[][]): string {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(new Uint8Array(Int32Array.from(row).buffer));
  return hash.digest("hex");
}

async function describeRecording(started: Started, patient: string, recording: string) {
  const response = await started.query(`/patients/${patient}/recordings/${recording}`);
  const text = await response.text();
  strictEqual(response.status, 200, text);
  return JSON.parse(text);
}

Deno.test({
  name: "simulate and export: real files through the real services, and back",
  ignore: Deno.build.os !== "linux",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const shared = sharedDataDir();
    // Says in one line that the recordings are absent.
    if (shared === undefined) return void await readShared("");
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-simulate-" });
    const dataDir = `${folder}/data`;
    const started = await startOn(dataDir, BASE_PORT, ["--no-demo"]);
    const reach = ["--data", dataDir, "--ingest", `http://127.0.0.1:${BASE_PORT}`];
    const simulate = (...args: string[]) => runScript("main.ts", [...reach, ...args]);
    const seizureFile = `${shared}/chbmit/chb01_03_Seizure.edf`;
    const otherFile = `${shared}/chbmit/chb01_03_NonSeizure.edf`;
    try {
      await t.step(
        "chb01_03_Seizure.edf at full speed equals edfdecoder and the digest",
        async () => {
          const { code, stdout, stderr } = await simulate("--edf", seizureFile, "--speed", "max");
          strictEqual(code, 0, stderr);
          match(stdout, /41 chunks stored, 0 were there already/);
          match(
            stdout,
            /cross-channel codec in 41 of 41 chunks, \d+ parameter sets? sent, [4-6]\.\d\d bits a sample/,
          );
          const rows = await storedRows(started, {
            patient: "chb01",
            recording: "chb01_03_Seizure",
          });
          strictEqual(
            goldenDigest(rows),
            "156543977d96aae406c2c41d4ead8097682fc53c19bd8bea5d4fd50bfe3703f1",
          );
          const decoder = new edfdecoder.EdfDecoder();
          decoder.setInput((await Deno.readFile(seizureFile)).buffer);
          decoder.decode();
          const oracle = decoder.getOutput()!;
          for (let row = 0; row < 23; row++) {
            const signal = Array.from({ length: 41 }, (_, record) => [
              ...oracle.getRawSignal(row, record),
            ]);
            deepStrictEqual(rows[row], signal.flat(), `channel ${row}`);
          }
          const told = await describeRecording(started, "chb01", "chb01_03_Seizure");
          deepStrictEqual([told.segment_count, told.holes], [1, []]);
          strictEqual(told.started_at.civil, "2076-11-06T14:32:59");
          strictEqual(told.segments[0].clock, "zone-unknown");
          const response = await started.query(
            "/patients/chb01/recordings/chb01_03_Seizure/annotations",
          );
          const { annotations } = await response.json();
          deepStrictEqual(
            annotations.map((mark: Record<string, string>) => [
              mark["kind"],
              mark["onset_seconds"],
              mark["duration_seconds"],
            ]),
            [["seizure", "1", "40"]],
            "the crop's place by the summary's clock, not the uncropped file's second 2,996",
          );
        },
      );

      await t.step("the same command again sends nothing and opens nothing", async () => {
        const { code, stdout } = await simulate("--edf", seizureFile, "--speed", "max");
        strictEqual(code, 0);
        match(stdout, /0 chunks stored, 0 were there already/);
        const told = await describeRecording(started, "chb01", "chb01_03_Seizure");
        strictEqual(told.segment_count, 1);
      });

      await t.step("export brings the samples, labels and calibration back", async () => {
        const out = `${folder}/out.edf`;
        const exported = await runScript("export.ts", [
          ...["--data", dataDir, "--query", `http://127.0.0.1:${BASE_PORT + 1}`, "--out", out],
          ...["--patient", "chb01", "--recording", "chb01_03_Seizure"],
        ]);
        strictEqual(exported.code, 0, exported.stderr);
        const before = await openEdf(bytesByteSource(await Deno.readFile(seizureFile)));
        const after = await openEdf(bytesByteSource(await Deno.readFile(out)));
        const own = after.signals.filter(({ isAnnotation }) => !isAnnotation);
        deepStrictEqual(
          own.map(({ label, calibration }) => ({ label, calibration })),
          before.signals.map(({ label, calibration }) => ({ label, calibration })),
        );
        const rows: number[][] = own.map(() => []);
        for await (const record of after.records()) {
          record.samples.forEach((samples, row) => rows[row]!.push(...samples));
        }
        strictEqual(
          goldenDigest(rows),
          "156543977d96aae406c2c41d4ead8097682fc53c19bd8bea5d4fd50bfe3703f1",
        );
      });

      await t.step("a simulator killed half way is resumed, not repeated", async () => {
        const args = ["--edf", otherFile, "--patient", "resume", "--recording", "r1"];
        const child = new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "simulator/main.ts", ...reach, ...args, "--speed", "10"],
          cwd: new URL("..", import.meta.url),
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        await waitUntil("some seconds are stored", 60_000, async () => {
          const response = await started.query("/recordings?patient_id=resume");
          const { recordings } = await response.json();
          if (recordings.length === 0) return false;
          const { segments } = await describeRecording(started, "resume", "r1");
          return segments[0]?.streams[0].chunk_count >= 8;
        });
        child.kill("SIGKILL");
        await child.status;
        const half = await describeRecording(started, "resume", "r1");
        deepStrictEqual(
          half.holes.map(({ kind, end }: { kind: string; end: string }) => [kind, end]),
          [["pending", "41"]],
          "the end was stated first, so the missing tail is pending",
        );
        const { code, stdout, stderr } = await simulate(...args, "--speed", "max");
        strictEqual(code, 0, stderr);
        const stored = Number(/(\d+) chunks stored/.exec(stdout)![1]);
        ok(stored > 0 && stored <= 33, stdout);
        const told = await describeRecording(started, "resume", "r1");
        deepStrictEqual([told.segment_count, told.holes], [1, []]);
        const digest = goldenDigest(
          await storedRows(started, { patient: "resume", recording: "r1" }),
        );
        strictEqual(digest.slice(0, 16), "70d630718c9e0359");
      });

      await t.step("two crops are one recording with 2,954 ± 1 s between them", async () => {
        const args = ["--patient", "two", "--recording", "two", "--speed", "max"];
        const { code, stderr } = await simulate("--edf", seizureFile, otherFile, ...args);
        strictEqual(code, 0, stderr);
        const told = await describeRecording(started, "two", "two");
        deepStrictEqual(
          told.holes.map((hole: Record<string, string>) => [
            hole["kind"],
            Number(hole["end"]) - Number(hole["start"]),
            hole["uncertainty"],
          ]),
          [["not-recorded", 2954, "1"]],
        );
        strictEqual(told.started_at.civil, "2076-11-06T13:43:04");
      });

      await t.step("an EDF+D file keeps its gap and its seizure", async () => {
        const file = `${shared}/chbmit/chb01_18_s1710_edfplusD_reencoded.edf`;
        const args = ["--patient", "gap", "--recording", "gap", "--speed", "max"];
        const { code, stderr } = await simulate("--edf", file, ...args);
        strictEqual(code, 0, stderr);
        const told = await describeRecording(started, "gap", "gap");
        deepStrictEqual(
          told.holes.map(({ kind, start, end }: Record<string, string>) => [kind, start, end]),
          [["not-recorded", "10", "20"]],
        );
        const rows = await storedRows(started, { patient: "gap", recording: "gap" });
        strictEqual(goldenDigest(rows).slice(0, 16), "cedfd5f8189ab296");
        const response = await started.query("/patients/gap/recordings/gap/annotations");
        const { annotations: [mark] } = await response.json();
        deepStrictEqual(
          [mark.kind, mark.onset_seconds, mark.duration_seconds, mark.text],
          ["seizure", "10", "90", "Seizure"],
        );
      });

      await t.step("a BDF file keeps its 24 bits, paced as well as it can", async () => {
        const args = ["--patient", "bdf", "--recording", "bdf", "--speed", "200"];
        const file = `${shared}/bdf/Newtest17-256.bdf`;
        const { code, stderr } = await simulate("--edf", file, ...args);
        strictEqual(code, 0, stderr);
        const rows = await storedRows(started, { patient: "bdf", recording: "bdf" });
        strictEqual(goldenDigest(rows).slice(0, 16), "a738e85dc790a4bf");
      });

      await t.step("a fleet generates one recording each, with its seizure", async () => {
        const { code, stdout, stderr } = await simulate(
          ...["--generate", "0.02", "--devices", "3", "--seed", "5", "--speed", "max"],
        );
        strictEqual(code, 0, stderr);
        match(stdout, /^seed 5\n/);
        const response = await started.query("/recordings");
        const { recordings } = await response.json();
        const fleet = recordings.filter(({ recording_id }: Record<string, string>) =>
          recording_id === "generated"
        );
        deepStrictEqual(
          fleet.map((each: Record<string, unknown>) => [
            each["patient_id"],
            each["duration_seconds"],
            each["seizure_count"],
          ]).sort(),
          ["synthetic-5-001", "synthetic-5-002", "synthetic-5-003"].map((id) => [id, "72", 1]),
        );
      });

      await t.step("a device elsewhere enrols with a code, signs, and is revoked", async () => {
        const own = `${folder}/amplifier`;
        const device = (...args: string[]) => runScript("device_command.ts", [...args, ...reach]);
        const made = await device("code", "--device", "amp-9");
        match(made.stdout, /^\d+-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}\n$/, made.stderr);
        const elsewhere = ["--data", own, "--ingest", `http://127.0.0.1:${BASE_PORT}`];
        const enrol = () =>
          runScript("device_command.ts", ["enrol", "--code", made.stdout.trim(), ...elsewhere]);
        const enrolled = await enrol();
        match(enrolled.stdout, /^amp-9 [0-9a-f]{64}\n$/, enrolled.stderr);
        const keyId = enrolled.stdout.trim().slice(6);
        const file = await Deno.stat(`${own}/simulator/device_keys.json`);
        strictEqual(file.mode! & 0o777, 0o600);
        // The code is spent: another key gets nothing for it.
        strictEqual((await enrol()).code, 1);
        // No issuer in that folder: the device's key signs its tokens, too.
        const stream = (patient: string) =>
          runScript("main.ts", [
            ...elsewhere,
            ...["--edf", otherFile, "--patient", patient, "--recording", "r", "--speed", "max"],
          ]);
        const { code, stdout, stderr } = await stream("amp-a");
        strictEqual(code, 0, stderr);
        match(stdout, /41 chunks stored/);
        const rows = await storedRows(started, { patient: "amp-a", recording: "r" });
        strictEqual(goldenDigest(rows).slice(0, 16), "70d630718c9e0359");
        strictEqual((await device("revoke", keyId, "--reason", "a test")).code, 0);
        match((await device("list")).stdout, new RegExp(`${keyId} +amp-9 .* revoked `));
        const after = await stream("amp-b");
        strictEqual(after.code, 1);
        match(after.stderr, /Credential is missing or not valid/);
      });

      await t.step("what this folder's device streamed is signed, and covered", async () => {
        const response = await started.query(
          "/eeg?patient_id=chb01&recording_id=chb01_03_Seizure&start=0&end=100",
          "application/vnd.wavekeep.chunks",
        );
        const signed = [...chunksOf(await response.bytes())].map((bytes) => readChunkHeader(bytes))
          .flatMap(({ signed, sequence }) => signed ? [sequence] : []);
        strictEqual(signed.at(-1), 40, "the last is signed, so all are covered");
        ok(signed.length < 41, "and not every one is signed");
      });

      await t.step(
        "what cannot be read is refused with field and offset, and nothing is stored",
        async () => {
          const { code, stderr } = await simulate(
            ...["--edf", `${shared}/malformed/S001R03_crlf-damaged.edf`, "--speed", "max"],
          );
          strictEqual(code, 1);
          match(stderr, /size-not-whole-records/);
          strictEqual((await simulate("--edf", `${folder}/none.edf`)).code, 1);
          const wrongSite = await runScript("main.ts", [...reach, "--edf", seizureFile], {
            "WAVEKEEP_TOKEN": await started.token("clinician"),
          });
          strictEqual(wrongSite.code, 1, "a clinician may not stream");
          match(wrongSite.stderr, /Credential does not allow this/);
        },
      );
    } finally {
      started.signal("SIGINT");
      strictEqual(await started.ended, 0, started.output());
      await Deno.remove(folder, { recursive: true });
    }
  },
});

for (const script of ["main.ts", "start.ts", "export.ts", "token.ts", "device_command.ts"]) {
  Deno.test(`${script} --help is 0, an unknown flag is 2 and says how it is used`, async () => {
    const help = await runScript(script, ["--help"]);
    deepStrictEqual([help.code, help.stdout.startsWith("Usage: deno task ")], [0, true]);
    const wrong = await runScript(script, ["--no-such-flag"]);
    deepStrictEqual([wrong.code, wrong.stderr.includes("Usage: deno task ")], [2, true]);
  });
}
