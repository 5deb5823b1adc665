/**
 * Bench. The command line: what `deno task bench` may be asked.
 *
 * @module
 */

import { parseArgs } from "node:util";

export const USAGE = `Measures Wavekeep against the row-per-sample design of the original plan.

Usage: deno task bench [--json FILE] [--page FILE] [--only NAME] [--long | --full]
       deno task bench --page FILE --from RESULTS
       deno task bench --readme [--json FILE]

  --json FILE   Write the rows to FILE as JSON. With --readme: read them from there.
  --page FILE   Write a page with plots to FILE, as HTML that needs nothing else.
  --from FILE   With --page: of this results file. Measures nothing.
  --only NAME   Measure only the rows whose name contains NAME, such as "window 10 s" or "ingest".
                "codec-size" measures all real recordings, by our codecs and by those of others that
                are installed (flac, wavpack, zstd, gzip), and decodes in Chromium as well.
                Rows that take long are measured when NAME is part of theirs, without --full.
  --long        Measure the rows that a default run leaves out, and only them: a day of 24 hours and a
                week, ten minutes of 2,000 devices, growth to ten recordings of 24 hours, files of 2 GB.
                Takes 37 minutes and 20 GB of temporary disk.
  --full        Measure all rows, at full length: days of 24 hours and a week, ten minutes of live load,
                growth to 100 recordings, and the plan's whole hour as rows. Takes more than half an
                hour and 60 GB of temporary disk; without it the run takes 55 s.
  --readme      Rewrite the tables of numbers in README.md from a results file (default: the newest of
                each kind in bench/results, those of deno task faults too). Measures nothing.
  --help        Print this.

Ctrl-C ends a run with the rows that it has by then.

Exit codes: 0 fine, 1 refused, failed or stopped, 2 usage.
`;

/** What one call asks for. */
export type Options =
  | { readonly command: "help" }
  | { readonly command: "readme"; readonly json: string | undefined }
  | { readonly command: "page"; readonly page: string; readonly from: string }
  | {
    readonly command: "run";
    readonly json: string | undefined;
    readonly page: string | undefined;
    readonly only: string | undefined;
    readonly workload: "default" | "long" | "full";
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
  const { help, readme, json, page, from, only, long, full } = parse(args);
  if (help) return { command: "help" };
  if (readme) {
    if (only !== undefined || long || full || page !== undefined || from !== undefined) {
      throw new UsageError(
        "Cannot combine --readme with --only, --long, --full, --page or --from: it measures nothing",
      );
    }
    return { command: "readme", json };
  }
  if (from !== undefined) {
    if (page === undefined || only !== undefined || long || full || json !== undefined) {
      throw new UsageError("Cannot use --from but with --page alone: it measures nothing");
    }
    return { command: "page", page, from };
  }
  if (long && full) throw new UsageError("Cannot combine --long with --full: it has those rows");
  const workload = full ? "full" : long ? "long" : "default";
  return { command: "run", json, page, only, workload };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      // A literal "--" arrives when somebody separates task and flags; it means nothing here.
      args: args.filter((arg) => arg !== "--"),
      options: {
        json: { type: "string" },
        page: { type: "string" },
        from: { type: "string" },
        only: { type: "string" },
        long: { type: "boolean" },
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
