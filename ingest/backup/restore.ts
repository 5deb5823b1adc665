/**
 * The database as it was at one moment, verified: `deno task restore`.
 *
 * @module
 */

import { readSecretVariable } from "@wavekeep/core/service";
import { print } from "@wavekeep/core/service/print";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { afterRestore, describeReport, isSound, type RestoreReport } from "./after_restore.ts";
import { openBar } from "./progress.ts";
import { restoreCluster } from "./restore_cluster.ts";
import { findPlaces } from "./where.ts";

const USAGE =
  `Usage: deno task restore --from DIR --to TIME|latest [--data DIR | --cluster DIR --keys DIR]
                         [--last-wal DIR] [--new-log] [--scrub-later] [--json]
       deno task restore --check [--data DIR | --keys DIR] [--new-log] [--scrub-later]
                         [--json]

Puts a cluster back as it was at a moment, out of a base backup and the archived write-ahead log, into
a folder that is empty or not there. Raises the incarnation, so that devices and relays send again what
they hold receipts of, and verifies everything: keys, every chunk, the transparency log. Stop every
service first; start them when it says that they may.

  --from DIR      folder of backups, as for deno task backup --to
  --to TIME       such as 2026-11-21T17:05:00Z, with its offset; or latest
  --data DIR      data folder of deno task start (default .wavekeep): its cluster is put back there
  --cluster DIR   folder of the cluster to make; DATABASE_URL says user and password of a superuser
  --keys DIR      folder of the patients' keys (with --cluster)
  --last-wal DIR  pg_wal of the cluster that was lost: its last segments, which were never archived
  --check         of a server that was put back by other means and runs at DATABASE_URL: raises the
                  incarnation and verifies, nothing else
  --new-log       begins another transparency log when the one that came back ends here, and prints its key
  --scrub-later   reads no chunk again: for an archive of which somebody waits; deno task scrub does it
                  beside the services
  --json          the report as one JSON document
  --help          this text

Exit codes: 0 restored and sound, 1 refused, failed or something to decide, 2 usage.
`;

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly data?: string;
  readonly cluster?: string;
  readonly keys?: string;
  readonly "last-wal"?: string;
  readonly check?: boolean;
  readonly "new-log"?: boolean;
  readonly "scrub-later"?: boolean;
  readonly json?: boolean;
  readonly help?: boolean;
}

/** @throws {Error} The command line does not make sense. */
function readFlags(args: string[]): Flags {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    args,
    options: {
      from: text,
      to: text,
      data: text,
      cluster: text,
      keys: text,
      "last-wal": text,
      check: flag,
      "new-log": flag,
      "scrub-later": flag,
      json: flag,
      help: { ...flag, short: "h" },
    },
  });
  if (values.help) return values;
  if (values.check) {
    if ((values.from ?? values.to ?? values["last-wal"]) !== undefined) {
      throw new Error("--check restores nothing: without --from, --to and --last-wal");
    }
  } else if (values.from === undefined || values.to === undefined) {
    throw new Error("--from and --to are needed");
  } else momentOf(values.to);
  return values;
}

/** @throws {Error} It has no offset, or is no time. */
function momentOf(text: string): Temporal.Instant | "latest" {
  if (text === "latest") return text;
  try {
    return Temporal.Instant.from(text.replace(/^(\S+) (\S+)$/, "$1T$2"));
  } catch (cause) {
    throw new Error(
      `--to is "${text}", must be latest or a time with offset, such as 2026-11-21T17:05Z`,
      {
        cause,
      },
    );
  }
}

async function main(args: string[]): Promise<number> {
  let flags: Flags;
  try {
    flags = readFlags(args);
  } catch (error) {
    print("stderr", `${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (flags.help) {
    print("stdout", USAGE);
    return 0;
  }
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  try {
    return flags.check ? await check(flags, stop.signal) : await restore(flags, stop.signal);
  } catch (error) {
    print("stderr", `restore: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
  }
}

async function restore(flags: Flags, signal: AbortSignal): Promise<number> {
  const own = flags.cluster === undefined ? {} : { url: readSecretVariable("DATABASE_URL") };
  const places = await findPlaces({ ...flags, ...own });
  const say = (text: string) => print("stderr", `restore: ${text}`);
  const startedMs = performance.now();
  const seconds = () => ((performance.now() - startedMs) / 1000).toFixed(1);
  const bar = openBar("copying");
  const { server, lastCommitAt, segmentCount, timeline } = await restoreCluster({
    from: resolve(flags.from!),
    to: momentOf(flags.to!),
    dataDir: places.cluster,
    superuserPassword: decodeURIComponent(new URL(places.url).password),
    lastWal: flags["last-wal"] && resolve(flags["last-wal"]),
    onProgress: (done, total) => bar.show(done, total, "bytes"),
    onNotice: say,
  }).finally(() => bar.end());
  try {
    say(
      `${segmentCount} segments replayed, last commit ${
        lastCommitAt ?? "that of the base backup"
      }, ` +
        `timeline ${timeline}, after ${seconds()} s`,
    );
    const url = new URL(places.url);
    url.host = `127.0.0.1:${server.port}`;
    const report = await verified(url.href, places.keys, { flags, signal, say });
    say(`verified after ${seconds()} s`);
    tell(flags, report, { lastCommitAt, segmentCount, timeline });
    return isSound(report) && !signal.aborted ? 0 : 1;
  } finally {
    await server.stop();
  }
}

async function check(flags: Flags, signal: AbortSignal): Promise<number> {
  const url = readSecretVariable("DATABASE_URL");
  const { url: found, keys } = await findPlaces({
    ...flags,
    ...(url === undefined ? {} : { url, cluster: "." }),
  });
  const say = (text: string) => print("stderr", `restore: ${text}`);
  const report = await verified(found, keys, { flags, signal, say });
  tell(flags, report, {});
  return isSound(report) && !signal.aborted ? 0 : 1;
}

async function verified(
  url: string,
  keyFolder: string,
  { flags, signal, say }: {
    readonly flags: Flags;
    readonly signal: AbortSignal;
    readonly say: (text: string) => void;
  },
): Promise<RestoreReport> {
  const bar = openBar("verifying");
  try {
    return await afterRestore({
      url,
      keyFolder,
      signal,
      beginsNewLog: flags["new-log"] ?? false,
      readsChunks: !flags["scrub-later"],
      onNotice: say,
      onProgress: ({ doneCount, placeCount }) => bar.show(doneCount, placeCount, "places"),
    });
  } finally {
    bar.end();
  }
}

function tell(flags: Flags, report: RestoreReport, facts: Readonly<Record<string, unknown>>): void {
  print(
    "stdout",
    flags.json
      ? JSON.stringify({ ...facts, ...report, isSound: isSound(report) })
      : describeReport(report),
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
