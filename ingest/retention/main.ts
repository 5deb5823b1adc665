/**
 * What a site's rule says has been kept long enough: `deno task retention`.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { fileKeyStore, KEY_CACHE_MS } from "@wavekeep/core/crypto";
import {
  checkSchemaVersion,
  ConfigError,
  createLogger,
  openPool,
  parseConfig,
} from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { Presets, SingleBar } from "cli-progress";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { EraseConfig } from "../erase/main.ts";
import { erasePatient } from "../erase/erase_patient.ts";
import { postgresEraseStore } from "../erase/postgres_store.ts";
import { actorOf, siteOf } from "../operator_flags.ts";
import { systemClock } from "../system_clock.ts";
import { applyRetention, planRetention, type RetentionPlan } from "./apply_retention.ts";
import { outlivedCount, unconfirmed } from "./confirm.ts";
import { postgresRetentionStore } from "./retention_store.ts";

const USAGE = `Usage: deno task retention --site ID [--apply [--yes]] [--actor NAME]

Lists what the site's rule (deno task migrate --keep) says has been kept long enough, and why; changes nothing.
With --apply it goes, once the number of what is listed has been typed: patients by erasure (deno task erase),
rows of the quarantine and events that the log does not commit to by deletion. Patients under a legal hold stay. It
cannot be undone. Safe to run again: it goes on where it was stopped.

  --site ID      number of the site, as its tokens have it
  --apply        does what is listed, after asking
  --yes          does not ask, for where nobody sits (cron, a pipe): without it nothing is done there
  --actor NAME   who does it, for the audit (default: operator)
  --help         this text

Environment:
  ERASER_DATABASE_URL   PostgreSQL as wavekeep_eraser (required)
  KEY_DIR               folder with master.key and the patients' keys (required)

Backups of the key folder keep the keys: they have to be destroyed as well. Sessions and attempts to sign in are
forgotten by the accounts service itself, after 90 and 7 days.

Exit codes: 0 listed or done, 1 refused or failed, 2 usage.
`;

/** What the command line asks for. */
export interface RetentionFlags {
  readonly siteId: number;
  readonly actor: string;
  readonly isApplied: boolean;
  /** Nobody is asked. */
  readonly isConfirmed: boolean;
}

/** @throws {Error} The command line does not make sense. */
export function parseFlags(args: readonly string[]): RetentionFlags | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      site: { type: "string" },
      apply: { type: "boolean" },
      yes: { type: "boolean" },
      actor: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  if (values.yes && !values.apply) throw new Error("--yes belongs to --apply");
  return {
    siteId: siteOf(values.site),
    actor: actorOf(values.actor),
    isApplied: values.apply ?? false,
    isConfirmed: values.yes ?? false,
  };
}

/** What would go, and why, in lines. */
export function planText({ rule, patients, held, rows }: RetentionPlan): string {
  const kept = (days: number | null) => days === null ? "kept" : `kept for ${days} days`;
  const lines = [
    `recordings ${kept(rule.recordingsDays)}, quarantine ${kept(rule.quarantineDays)}, ` +
    `events ${kept(rule.eventsDays)}`,
    ...patients.map(({ patientCode, recordingCount, endedAt }) =>
      `patient ${patientCode}: ${recordingCount} recordings, the last ended ${endedAt}, ` +
      `more than ${rule.recordingsDays} days ago`
    ),
    ...held.map(({ patientCode }) => `patient ${patientCode}: stays, under a legal hold`),
    `${rows.quarantine} chunks of the quarantine, ${rows.events} events`,
  ];
  return lines.join("\n") + "\n";
}

async function main(args: readonly string[]): Promise<number> {
  let flags;
  let config;
  try {
    flags = parseFlags(args);
    if (flags === "help") return print("stdout", USAGE), 0;
    config = parseConfig(EraseConfig);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    print("stderr", `${error.message}\n\n${USAGE}`);
    return 2;
  }
  const logger = createLogger({
    service: "retention",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  const pool = openPool(config.ERASER_DATABASE_URL.reveal(), {
    role: "wavekeep_eraser",
    max: 4,
    logger,
    // The chunks of a stay of weeks are counted once.
    statementTimeoutMs: 600_000,
    applicationName: "wavekeep retention",
  });
  try {
    await checkSchemaVersion(pool);
    const store = postgresRetentionStore(pool);
    const plan = await planRetention(store, flags.siteId);
    print("stdout", planText(plan));
    if (!flags.isApplied) {
      print("stdout", "nothing was done; --apply does it\n");
      return 0;
    }
    if (outlivedCount(plan) === 0) {
      print("stdout", "nothing has outlived the rule, nothing was done\n");
      return 0;
    }
    const asking = { isTerminal: Deno.stdin.isTerminal(), ask: prompt };
    const refusal = unconfirmed(plan, flags, asking);
    if (refusal !== undefined) {
      print("stderr", `retention: ${refusal}\n`);
      return 1;
    }
    const eraseDeps = {
      store: postgresEraseStore(pool),
      keyStore: await fileKeyStore(config.KEY_DIR),
      randomBytes: (byteLength: number) => new Uint8Array(randomBytes(byteLength)),
      nowMicros: systemClock.nowMicros,
      settled: () => sleep(2 * KEY_CACHE_MS),
    };
    const bar = progressBar(plan);
    const result = await applyRetention(store, flags, {
      plan,
      erase: (request) => erasePatient(eraseDeps, request),
      onProgress: (done) => bar?.update(done),
    });
    bar?.stop();
    for (const { patientCode, error } of result.failed) {
      const reason = error instanceof Error ? error.message : error;
      print("stderr", `retention: patient ${patientCode}: ${reason}; run it again\n`);
    }
    print(
      "stdout",
      `gone: ${result.patients} patients with ${result.recordings} recordings, ` +
        `${result.quarantine} chunks of the quarantine, ${result.events} events\n`,
    );
    if (result.stayed > 0) {
      print(
        "stdout",
        `${result.stayed} patients stay: something came, or a hold, since they were listed\n`,
      );
    }
    return result.failed.length === 0 ? 0 : 1;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    print("stderr", `retention: ${reason}; run it again\n`);
    return 1;
  } finally {
    await pool.end();
  }
}

function progressBar({ patients, rows }: RetentionPlan): SingleBar | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  const bar = new SingleBar({
    format: "retention {bar} {percentage} %, {value} of {total}, {eta_formatted} left",
    clearOnComplete: true,
    hideCursor: true,
  }, Presets.shades_classic);
  bar.start(patients.length + rows.quarantine + rows.events, 0);
  return bar;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
