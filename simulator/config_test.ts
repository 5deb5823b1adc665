import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parseFlags, UsageError } from "./command.ts";
import { SIMULATE_OPTIONS, simulateConfig, toCode } from "./config.ts";
import { START_OPTIONS, startConfig } from "./start_config.ts";

const simulate = (...args: string[]) =>
  simulateConfig(parseFlags(args, SIMULATE_OPTIONS), () => 42);
const start = (...args: string[]) => startConfig(parseFlags(args, START_OPTIONS));

Deno.test("simulateConfig() takes several files after one flag, and two dashes before all", () => {
  const config = simulate("--", "--edf", "a/chb01_03.edf", "b.edf", "--speed", "max");
  deepStrictEqual(config.input, { kind: "files", paths: ["a/chb01_03.edf", "b.edf"] });
  deepStrictEqual(
    [config.patientId, config.recordingId, config.speed, config.deviceCount, config.dataDir],
    ["chb01", "chb01_03", "max", 1, ".wavekeep"],
  );
});

Deno.test("simulateConfig() names generated recordings after their seed", () => {
  const config = simulate("--generate", "0.5");
  deepStrictEqual(config.input, { kind: "generated", hours: 0.5, seed: 42 });
  strictEqual(config.patientId, "synthetic-42");
  strictEqual(simulate("--generate", "1", "--seed", "7").patientId, "synthetic-7");
});

for (
  const args of [
    [],
    ["file.edf"],
    ["--edf", "a.edf", "--generate", "1"],
    ["--generate", "0"],
    ["--generate", "many"],
    ["--generate", "1", "--speed", "0"],
    ["--generate", "1", "--speed", "fast"],
    ["--generate", "1", "--devices", "1.5"],
    ["--generate", "1", "--patient", "Jane Doe"],
    ["--generate", "1", "--ingest", "ftp://x"],
    ["--generate", "1", "--seed", "-1"],
    ["--generate", "1", "--colour", "red"],
    ["--generate"],
  ]
) {
  Deno.test(`simulateConfig() finds "${args.join(" ")}" wrong`, () => {
    throws(() => simulate(...args), UsageError);
  });
}

Deno.test("toCode() makes a pseudonymous code of any name", () => {
  strictEqual(toCode("Müller, Jane"), "M_ller_Jane");
  strictEqual(toCode("x".repeat(100)).length, 64);
  strictEqual(toCode("日本"), "_");
});

Deno.test("startConfig() puts four services on following ports", () => {
  const config = start("--base-port", "9000");
  deepStrictEqual(config.ports, { ingest: 9000, query: 9001, viewer: 9002, accounts: 9003 });
  deepStrictEqual([config.hours, config.hasDemoPatient, config.signsIn], [24, true, true]);
});

Deno.test("startConfig() shows files instead of the demo patient, or nothing", () => {
  const files = start("--edf", "a.edf", "b.edf");
  deepStrictEqual([files.edf, files.hasDemoPatient, files.signsIn], [
    ["a.edf", "b.edf"],
    false,
    true,
  ]);
  const bare = start("--no-demo");
  deepStrictEqual([bare.hasDemoPatient, bare.signsIn], [false, false]);
});

for (
  const args of [
    ["--base-port", "65533"],
    ["--base-port", "abc"],
    ["--hours", "-1"],
    ["--hours", "3", "--no-demo"],
    ["stray"],
  ]
) {
  Deno.test(`startConfig() finds "${args.join(" ")}" wrong`, () => {
    throws(() => start(...args), UsageError);
  });
}
