/**
 * What has to happen between a restore and the first service: a new incarnation, and every check there is.
 *
 * The incarnation goes first: whoever finds a restored database without it would be told that everything it
 * holds receipts of is safe.
 *
 * @module
 */

import { scramVerifier } from "@wavekeep/core/crypto";
import { createLogger, parseConfig } from "@wavekeep/core/service";
import { randomBytes } from "node:crypto";
import pg from "pg";
import { SequencerConfig } from "../log/config.ts";
import { verifierText } from "../log/note_key.ts";
import { openSequencer } from "../log/open_sequencer.ts";
import { migrate } from "../migrate.ts";
import { ScrubConfig } from "../scrub/config.ts";
import { openScrub } from "../scrub/open_deps.ts";
import { Pace } from "../scrub/pace.ts";
import { type RoundProgress, type RoundResult, scrubRound } from "../scrub/run_scrub.ts";
import { checkKeys, type KeyFit } from "./check_keys.ts";
import { checkLog, type LogFit } from "./check_log.ts";

/** What came out. */
export interface RestoreReport {
  readonly incarnation: number;
  readonly keys: KeyFit;
  readonly log: LogFit | undefined;
  /** Undefined: left to `deno task scrub`, which runs beside the services. */
  readonly scrub: ScrubReport | undefined;
  /** The log that was begun because the one before ends here; undefined when none was. */
  readonly newLog: NewLog | undefined;
  /** Newest row of any kind, by the server's clock at the time; null in an empty database. */
  readonly newestEventAt: string | null;
}

/** A log that was begun. */
export interface NewLog {
  /** For verifiers and witnesses. */
  readonly key: string;
  readonly size: number;
}

/** A round over everything. */
export interface ScrubReport extends RoundResult {
  /** Lines of the scrub's log about what failed, the first of them. */
  readonly lines: readonly string[];
}

const LINES_MAX = 20;

export interface AfterRestoreOptions {
  /** A superuser's url of the restored database. */
  readonly url: string;
  readonly keyFolder: string;
  readonly signal: AbortSignal;
  /** Begins another log when the one that came back ends here. Default: says how. */
  readonly beginsNewLog?: boolean;
  /** Default: every chunk is read again. */
  readonly readsChunks?: boolean;
  readonly onNotice?: (text: string) => void;
  readonly onProgress?: (progress: RoundProgress) => void;
}

/** Raises the incarnation, then verifies everything. */
export async function afterRestore(options: AfterRestoreOptions): Promise<RestoreReport> {
  const { url, keyFolder, onNotice } = options;
  const { incarnation } = await migrate(url, { raiseIncarnation: true });
  onNotice?.(`incarnation ${incarnation}: devices and relays send again what the backup lacks`);
  const client = new pg.Client({ connectionString: url, application_name: "wavekeep restore" });
  client.on("error", () => {}); // the query that was under way reports it
  await client.connect();
  try {
    const keys = await checkKeys(client, keyFolder);
    const log = await checkLog(client, keyFolder);
    const { readsChunks = true } = options;
    if (readsChunks) onNotice?.("reading every chunk again");
    const scrub = readsChunks ? await scrubEverything(client, options) : undefined;
    const newLog = options.beginsNewLog && log !== undefined && !log.goesOn
      ? await beginNewLog(client, options, nextOrigin(log.origin, incarnation))
      : undefined;
    const { rows: [newest] } = await client.query<{ at: string | null }>(
      `select to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
        from wavekeep.event`,
    );
    return { incarnation, keys, log, newLog, scrub, newestEventAt: newest!.at };
  } finally {
    await client.end();
  }
}

async function scrubEverything(
  client: pg.Client,
  { url, keyFolder, signal, onProgress }: AfterRestoreOptions,
): Promise<ScrubReport> {
  return await asRole(client, { url, role: "wavekeep_scrubber" }, async (own) => {
    const config = parseConfig(ScrubConfig, {
      "SCRUBBER_DATABASE_URL": own,
      "KEY_DIR": keyFolder,
    });
    const lines: string[] = [];
    const write = (line: string) => void (lines.length < LINES_MAX && lines.push(line.trimEnd()));
    const logger = createLogger({ service: "restore", level: "warn", write });
    const { deps, close } = await openScrub(config, logger);
    try {
      const result = await scrubRound(deps, {
        isDeep: true,
        againMs: 0,
        pace: new Pace(Infinity),
        signal,
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      return { ...result, lines };
    } finally {
      await close();
    }
  });
}

/** The log after the one that ends here, with everything that came back. */
async function beginNewLog(
  client: pg.Client,
  { url, keyFolder }: AfterRestoreOptions,
  origin: string,
): Promise<NewLog> {
  return await asRole(client, { url, role: "wavekeep_sequencer" }, async (own) => {
    const config = parseConfig(SequencerConfig, {
      "SEQUENCER_DATABASE_URL": own,
      "KEY_DIR": keyFolder,
    });
    const logger = createLogger({ service: "restore", level: "warn", write: () => {} });
    const { sequencer, signer, startNewLog, close } = await openSequencer(config, logger, {
      origin,
    });
    try {
      await startNewLog();
      for (let hasMore = true; hasMore;) ({ hasMore } = await sequencer.step());
      return { key: verifierText(signer), size: sequencer.head!.size };
    } finally {
      await close();
    }
  });
}

/** Gives a url of a service's role, whose password is another one meanwhile, and then the one it was. */
async function asRole<T>(
  client: pg.Client,
  { url, role }: { readonly url: string; readonly role: string },
  fn: (url: string) => Promise<T>,
): Promise<T> {
  const { rows: [found] } = await client.query<{ password: string | null }>(
    "select rolpassword as password from pg_authid where rolname = $1",
    [role],
  );
  const setPassword = (verifier: string | null) =>
    client.query(
      `alter role ${client.escapeIdentifier(role)} password ${
        verifier === null ? "null" : client.escapeLiteral(verifier)
      }`,
    );
  const own = randomBytes(24).toString("base64url");
  await setPassword(scramVerifier(own));
  try {
    const asRole = new URL(url);
    asRole.username = role;
    asRole.password = own;
    return await fn(asRole.href);
  } finally {
    await setPassword(found?.password ?? null);
  }
}

/** Whether services may start on it without anybody having to decide something. */
export function isSound({ keys, log, scrub }: RestoreReport): boolean {
  return keys.withoutKey.length === 0 && keys.wrongKey.length === 0 && keys.toErase.length === 0 &&
    keys.toReassign.length === 0 &&
    (scrub?.findingCount ?? 0) === 0 && (scrub?.failedCount ?? 0) === 0 &&
    (log?.findings.length ?? 0) === 0;
}

/** The report for people, with what is left to do. */
export function describeReport(report: RestoreReport): string {
  const { keys, log, newLog, scrub, incarnation, newestEventAt } = report;
  const lines = [
    `newest row: ${newestEventAt ?? "none"}`,
    `incarnation: ${incarnation}`,
    ...scrubLines(scrub),
    `keys: ${keys.fitCount} of ${keys.recordingCount} recordings open` +
    (keys.erasedCount > 0 ? `, ${keys.erasedCount} are erased` : ""),
  ];
  const name = ({ siteId, patientCode }: { siteId: number; patientCode: string }) =>
    `${patientCode} of site ${siteId}`;
  const say = (what: string, patients: KeyFit["toErase"]) => {
    if (patients.length > 0) lines.push(`${what}: ${patients.map(name).join(", ")}`);
  };
  say("NO KEY (the backup of the key folder is older than the database)", keys.withoutKey);
  say("WRONG KEY (another key folder, or another master key)", keys.wrongKey);
  say("erased since: run `deno task erase` again for", keys.toErase);
  say("reassigned since: run `deno task reassign --site ID --finish` first", keys.toReassign);
  return [...lines, ...logLines(log, newLog, incarnation)].join("\n");
}

function scrubLines(scrub: ScrubReport | undefined): string[] {
  if (scrub === undefined) {
    return [
      "chunks: NOT READ AGAIN; deno task scrub --once --again --deep does it beside the services",
    ];
  }
  const { checkedCount, findingCount, failedCount, lines } = scrub;
  return [
    `chunks and other rows: ${checkedCount} checked, ${findingCount} failed` +
    (failedCount > 0 ? `, ${failedCount} places could not be checked` : ""),
    ...lines,
  ];
}

function logLines(
  log: LogFit | undefined,
  newLog: NewLog | undefined,
  incarnation: number,
): string[] {
  if (log === undefined) return ["log: none yet"];
  const { origin, size, keptSize, behind, goesOn, findings } = log;
  const lines = [`log: ${size} leaves of ${origin} came back`];
  for (const finding of findings) lines.push(`LOG: ${finding}`);
  if (keptSize === undefined) {
    lines.push("log: no checkpoint of it was kept; nobody can say what is missing");
  } else if (behind > 0) {
    lines.push(`log: ${behind} of the ${keptSize} leaves that were signed are gone`);
  }
  if (newLog !== undefined) {
    return [
      ...lines,
      `log: another was begun, with ${newLog.size} leaves; hand its key to verifiers and witnesses:`,
      newLog.key,
    ];
  }
  lines.push(
    goesOn
      ? "log: the sequencer goes on where it stood"
      : `log: it ends here; begin another: deno task sequence --new-log ${
        nextOrigin(origin, incarnation)
      }`,
  );
  return lines;
}

/**
 * A name for the log after this one. The incarnation makes it one that was never used: this key may have
 * signed another log after an earlier restore, of which neither database nor backup knows.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { nextOrigin } from "./after_restore.ts";
 *
 * strictEqual(nextOrigin("log.hospital.example/eeg", 28), "log.hospital.example/eeg/incarnation-28");
 * strictEqual(nextOrigin("log.hospital.example/eeg/incarnation-28", 31), "log.hospital.example/eeg/incarnation-31");
 * ```
 */
export function nextOrigin(origin: string, incarnation: number): string {
  return `${origin.replace(/\/incarnation-\d+$/, "")}/incarnation-${incarnation}`;
}
