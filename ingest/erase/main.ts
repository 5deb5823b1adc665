/**
 * Erases a patient on request: `deno task erase`.
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
  secretText,
} from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import * as z from "zod";
import { actorOf, isCode, siteOf } from "../operator_flags.ts";
import { systemClock } from "../system_clock.ts";
import { erasePatient, LegalHoldError } from "./erase_patient.ts";
import { postgresEraseStore } from "./postgres_store.ts";

const USAGE = `Usage: deno task erase --site ID --patient CODE [--actor NAME] [--yes]

Destroys the key of a patient, deletes marks and what was derived from its recordings, and writes into the log
what was erased. Nothing of the patient can be read after that, from no backup of the database either; the log goes on
verifying. It cannot be undone. Safe to run again: it goes on where it was stopped.

  --site ID        number of the site, as its tokens have it
  --patient CODE   the patient's code
  --actor NAME     who asked for it, for the audit (default: operator)
  --yes            does not ask for the code to be typed
  --help           this text

Environment:
  ERASER_DATABASE_URL   PostgreSQL as wavekeep_eraser (required)
  KEY_DIR               folder with master.key and the patients' keys (required)

Backups of the key folder keep the key: they have to be destroyed as well.

Exit codes: 0 erased, 1 refused or failed, 2 usage.
`;

export const EraseConfig = z.object({
  ERASER_DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_eraser"),
  KEY_DIR: z.string().min(1).describe("Folder with master.key and the patients' keys"),
});

/** What the command line asks for. */
export interface EraseFlags {
  readonly siteId: number;
  readonly patientCode: string;
  readonly actor: string;
  readonly isConfirmed: boolean;
}

/** @throws {Error} The command line does not make sense. */
export function parseFlags(args: readonly string[]): EraseFlags | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      site: { type: "string" },
      patient: { type: "string" },
      actor: { type: "string" },
      yes: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const siteId = siteOf(values.site);
  if (!isCode(values.patient)) throw new Error("--patient must be a patient's code");
  return {
    siteId,
    patientCode: values.patient,
    actor: actorOf(values.actor),
    isConfirmed: values.yes ?? false,
  };
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
  const { siteId, patientCode } = flags;
  if (!flags.isConfirmed) {
    const question =
      `This cannot be undone. Type the code of the patient to erase it at site ${siteId}:`;
    if (!Deno.stdin.isTerminal() || prompt(question) !== patientCode) {
      print("stderr", "erase: not confirmed, nothing was done\n");
      return 1;
    }
  }
  const logger = createLogger({
    service: "erase",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  const pool = openPool(config.ERASER_DATABASE_URL.reveal(), {
    role: "wavekeep_eraser",
    max: 1,
    logger,
    // The chunks of a stay of weeks are counted once.
    statementTimeoutMs: 600_000,
    applicationName: "wavekeep erase",
  });
  try {
    await checkSchemaVersion(pool);
    const result = await erasePatient({
      store: postgresEraseStore(pool),
      keyStore: await fileKeyStore(config.KEY_DIR),
      randomBytes: (byteLength) => new Uint8Array(randomBytes(byteLength)),
      nowMicros: systemClock.nowMicros,
      settled: () => sleep(2 * KEY_CACHE_MS),
    }, flags);
    if (result === undefined) {
      print("stderr", `erase: site ${siteId} has no such patient\n`);
      return 1;
    }
    const { recordingCount, wasDone } = result;
    print(
      "stdout",
      `${wasDone ? "erased before" : "erased"}: ${recordingCount} ` +
        `${recordingCount === 1 ? "recording" : "recordings"}\n`,
    );
    return 0;
  } catch (error) {
    const isHeld = error instanceof LegalHoldError;
    const reason = error instanceof Error ? error.message : error;
    print("stderr", `erase: ${reason}${isHeld ? "" : "; run it again"}\n`);
    return 1;
  } finally {
    await pool.end();
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
