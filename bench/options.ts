/**
 * Bench. The command line: what `deno task bench` may be asked.
 *
 * @module
 */

import { parseArgs } from "node:util";

export const USAGE = `Measures Wavekeep against the row-per-sample design of the original plan.

Usage: deno task bench [--json FILE] [--only NAME] [--full]
       deno task bench --readme [--json FILE]

  --json FILE   Write the rows to FILE as JSON. With --readme: read them from there.
  --only NAME   Measure only the rows whose name contains NAME, such as "window 10 s" or "ingest".
                "codec-size" measures all real recordings, by our codecs and by those of others that
                are installed (flac, wavpack, zstd, gzip), and decodes in Chromium as well.
  --full        Load the plan's whole hour of 3,600 chunks into both designs. Takes a quarter of an
                hour and 20 GB of temporary disk; without it the run takes about a minute.
  --readme      Rewrite the tables of numbers in README.md from a results file (default: the newest of
                each kind in bench/results). Measures nothing.
  --help        Print this.

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

/** What one call asks for. */
export type Options =
  | { readonly command: "help" }
  | { readonly command: "readme"; readonly json: string | undefined }
  | {
    readonly command: "run";
    readonly json: string | undefined;
    readonly only: string | undefined;
    readonly full: boolean;
  };

/** The command line does not make sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line.
 *
 * @throws {UsageError} An unknown flag, a missing value, or flags that do not go together.
 */
export function parseOptions(args: readonly string[]): Options {
  const { help, readme, json, only, full } = parse(args);
  if (help) return { command: "help" };
  if (readme) {
    if (only !== undefined || full) {
      throw new UsageError("Cannot combine --readme with --only or --full: it measures nothing");
    }
    return { command: "readme", json };
  }
  return { command: "run", json, only, full: full ?? false };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      // A literal "--" arrives when somebody separates task and flags; it means nothing here.
      args: args.filter((arg) => arg !== "--"),
      options: {
        json: { type: "string" },
        only: { type: "string" },
        full: { type: "boolean" },
        readme: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: false,
      strict: true,
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
