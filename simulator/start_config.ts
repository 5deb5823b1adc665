/**
 * The command line of `deno task start`, checked and completed.
 *
 * @module
 */

import { numberFlag, type ParsedFlags, textFlag, UsageError } from "./command.ts";
import { edfPaths } from "./config.ts";

export const START_USAGE =
  `Usage: deno task start [--data DIR] [--base-port N] [--hours N] [--no-demo] [--edf FILE…]
                       [--archive DIR]

Boots the database, ingest, query, viewer and accounts, and a demo patient; prints the viewer's address, and
a link for each person who cannot sign in yet. Ctrl-C drains and stops everything; the next start finds the
data again.

  --data DIR       data folder (default .wavekeep)
  --base-port N    ingest answers on N, query on N+1, viewer on N+2, accounts on N+3 (default 8000)
  --hours N        hours of the demo patient before now, filled in while it streams live (default 24)
  --edf FILE…      shows these files as one recording instead of the demo patient
  --no-demo        no demo patient, and nobody who is signed in by itself
  --archive DIR    folder of backups: finished write-ahead log goes to DIR/wal (deno task backup --to DIR)
  --help           this text

DATABASE_URL points at a PostgreSQL server of your own, as its superuser or owner; without it the server
from npm runs in the data folder.

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

export const START_OPTIONS = {
  "data": { type: "string" },
  "base-port": { type: "string" },
  "hours": { type: "string" },
  "edf": { type: "string", multiple: true },
  "no-demo": { type: "boolean" },
  "archive": { type: "string" },
} as const;

export interface StartConfig {
  readonly dataDir: string;
  readonly ports: {
    readonly ingest: number;
    readonly query: number;
    readonly viewer: number;
    readonly accounts: number;
  };
  readonly hours: number;
  readonly edf: readonly string[];
  /** Whether the viewer signs in by itself. */
  readonly signsIn: boolean;
  readonly hasDemoPatient: boolean;
  /** Folder of backups that finished write-ahead log goes to; undefined keeps none. */
  readonly archive: string | undefined;
}

/** @throws {UsageError} What is wrong, for the person who typed it. */
export function startConfig(flags: ParsedFlags): StartConfig {
  const basePort = numberFlag(flags, "base-port", { min: 1, max: 65_532, integer: true }) ?? 8000;
  const edf = edfPaths(flags);
  const noDemo = flags.values["no-demo"] === true;
  const hours = numberFlag(flags, "hours", { min: 0, max: 24 * 366 });
  if (hours !== undefined && (noDemo || edf.length > 0)) {
    throw new UsageError("--hours is about the demo patient, which is not shown then");
  }
  return {
    dataDir: textFlag(flags, "data") ?? ".wavekeep",
    ports: {
      ingest: basePort,
      query: basePort + 1,
      viewer: basePort + 2,
      accounts: basePort + 3,
    },
    hours: noDemo || edf.length > 0 ? 0 : hours ?? 24,
    edf,
    signsIn: !noDemo,
    hasDemoPatient: !noDemo && edf.length === 0,
    archive: textFlag(flags, "archive"),
  };
}
