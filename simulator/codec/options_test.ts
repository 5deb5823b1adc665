import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { parseFlags, UsageError } from "../command.ts";
import { CODEC_OPTIONS, CODEC_USAGE, codecCommand } from "./options.ts";

const parse = (...args: string[]) => codecCommand(parseFlags(args, CODEC_OPTIONS));

Deno.test("codecCommand() reads stat with files before and behind flags", () => {
  const expected = { command: "stat", files: ["a.edf", "b.bdf"], json: true, codec: "auto" };
  deepStrictEqual(parse("stat", "--json", "a.edf", "b.bdf"), expected);
  deepStrictEqual(parse("--", "stat", "a.edf", "b.bdf", "--json"), expected);
});

Deno.test("codecCommand() reads encode and decode", () => {
  deepStrictEqual(parse("encode", "--keep-identity", "--codec", "predictive", "a.edf", "a.wkc"), {
    command: "encode",
    input: "a.edf",
    output: "a.wkc",
    codec: "predictive",
    keepIdentity: true,
    force: false,
  });
  deepStrictEqual(parse("decode", "a.wkc", "a.csv", "--stream", "1", "--force"), {
    command: "decode",
    input: "a.wkc",
    output: "a.csv",
    as: "csv",
    stream: 1,
    segment: null,
    force: true,
  });
});

Deno.test("codecCommand() tells the output's format by its ending, unless told", () => {
  const formatOf = (...args: string[]) => {
    const asked = parse("decode", "in.wkc", ...args);
    return asked.command === "decode" ? asked.as : undefined;
  };
  deepStrictEqual(
    ["x.EDF", "x.bdf", "x.rec", "x.csv", "x.raw", "x.i32"].map((name) => formatOf(name)),
    ["edf", "edf", "edf", "csv", "raw", "raw"],
  );
  deepStrictEqual(formatOf("x", "--as", "raw"), "raw");
});

for (
  const [args, reason] of [
    [[], /command is needed/],
    [["pack"], /"pack" is no command/],
    [["stat"], /At least one FILE/],
    [["stat", "a.edf", "--force"], /--force means nothing to stat/],
    [["stat", "a.edf", "--codec", "flac"], /--codec is "flac"/],
    [["stat", "a.edf", "--best"], /--best/],
    [["encode", "a.edf"], /not 1 paths/],
    [["encode", "a", "b", "c"], /not 3 paths/],
    [["encode", "a", "b", "--json"], /--json means nothing to encode/],
    [["decode", "a.wkc", "a.txt"], /Cannot tell a format/],
    [["decode", "a.wkc", "a.constructor"], /Cannot tell a format/],
    [["decode", "a.wkc", "a", "--as", "mat"], /--as is "mat"/],
    [["decode", "a.wkc", "a.csv", "--stream", "one"], /--stream is "one"/],
    [["decode", "a.wkc", "a.edf", "--segment", "0"], /for csv and raw/],
  ] as const
) {
  Deno.test(`codecCommand() refuses "${args.join(" ")}"`, () => {
    throws(() => parse(...args), (error: Error) => {
      ok(error instanceof UsageError);
      return reason.test(error.message);
    });
  });
}

Deno.test("the usage names every flag", () => {
  for (const name of Object.keys(CODEC_OPTIONS)) ok(CODEC_USAGE.includes(`--${name}`), name);
});
