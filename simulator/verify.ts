/**
 * `deno task verify`: whether a bundle is what the log holds, offline, from its bytes and public keys; or
 * whether a whole database is.
 *
 * Of a bundle nothing is asked of a server, and nothing in it is believed. What is trusted comes from outside:
 * the log's key, the keys of witnesses, and checkpoints that were kept.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { fileKeyStore, nodeSha256, verifyEd25519 } from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import { type CheckpointPolicy, parseVerifierKey, type VerifierKey } from "@wavekeep/core/log";
import {
  type BundleSource,
  describeVerdict,
  printableLine,
  type Verdict,
  verdictCode,
  verifyBundle,
  type VerifyOptions,
} from "@wavekeep/core/proof";
import { createHash } from "node:crypto";
import pg from "pg";
import { openBundle } from "./bundle_on_disk.ts";
import { numberFlag, type ParsedFlags, runCommand, textFlag, UsageError } from "./command.ts";
import { ByteProgress } from "./byte_progress.ts";
import { verifyLive } from "./live/verify_live.ts";

const USAGE = `Usage: deno task verify BUNDLE --log-key KEY
                        [--witness-key KEY]... [--quorum N] [--checkpoint FILE]... [--json]
       deno task verify --database URL --keys DIR --log-key KEY [the same]

Verifies a bundle (a folder or a tar file) offline: what differs is named by recording, segment,
stream, chunk and second. With --database, a whole live system: what was deleted, inserted,
swapped, re-dated or rolled back, against its log and against checkpoints kept elsewhere.

  BUNDLE               what "deno task export --bundle" wrote
  --database URL       PostgreSQL, as a superuser: somebody who sees all sites; nothing is written
  --keys DIR           folder of the patients' keys (default .wavekeep/keys)
  --log-key KEY        public key of the log, as text "name+id+key" or a file that holds it
  --witness-key KEY    public key of a witness, likewise; as many as there are
  --quorum N           how many of the witnesses must have signed (default: all that are given)
  --checkpoint FILE    a checkpoint that was kept: the log must continue it; as many as there are
  --json               the verdict as one JSON document
  --help               this text

Exit codes: 0 sound, 1 something differs, 2 wrong usage or something could not be checked.
`;

async function run(flags: ParsedFlags): Promise<number> {
  const [path, ...more] = flags.positionals;
  const database = textFlag(flags, "database");
  if ((path === undefined) === (database === undefined) || more.length > 0) {
    throw new UsageError("One bundle is needed, or --database");
  }
  const options = await optionsOf(flags);
  let verdict: Verdict;
  try {
    verdict = path === undefined
      ? await liveVerdict(database!, textFlag(flags, "keys") ?? ".wavekeep/keys", options)
      : await verdictOf(path, options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Exit code 1 is kept for a bundle that was looked at.
    const reason = error instanceof Error ? error.message : String(error);
    print("stderr", `verify: ${printableLine(reason)}`);
    return 2;
  }
  print("stdout", flags.values["json"] ? jsonOf(verdict) : describeVerdict(verdict));
  return verdictCode(verdict);
}

async function verdictOf(path: string, options: VerifyOptions): Promise<Verdict> {
  const bundle = await openBundle(path);
  // Every file is read for its sum, and again for what it holds.
  const progress = new ByteProgress("verify", 2 * bundle.byteLength);
  try {
    return await verifyBundle(counted(bundle, progress), options);
  } finally {
    progress.stop();
    bundle.close();
  }
}

async function liveVerdict(url: string, keyFolder: string, options: Trusted): Promise<Verdict> {
  const keys = await fileKeyStore(keyFolder);
  const client = new pg.Client({ connectionString: url, application_name: "wavekeep verify" });
  client.on("error", () => {}); // the query under way reports it
  await client.connect();
  try {
    return await verifyLive(client, { ...options, keys });
  } finally {
    await client.end();
  }
}

/** What was given from outside, with somebody to believe. */
interface Trusted extends VerifyOptions {
  readonly policy: CheckpointPolicy;
  readonly kept: readonly Uint8Array[];
}

/** What the caller trusts. */
async function optionsOf(flags: ParsedFlags): Promise<Trusted> {
  const logKeyText = textFlag(flags, "log-key");
  if (logKeyText === undefined) throw new UsageError("--log-key is needed");
  const logKey = await keyOf("log-key", logKeyText, "ed25519");
  const witnessKeys: VerifierKey[] = [];
  for (const text of textsOf(flags, "witness-key")) {
    witnessKeys.push(await keyOf("witness-key", text, "cosignature"));
  }
  const range = { min: 0, max: witnessKeys.length, integer: true };
  const quorum = numberFlag(flags, "quorum", range) ?? witnessKeys.length;
  const policy: CheckpointPolicy = { origin: logKey.name, logKey, witnessKeys, quorum };
  const kept: Uint8Array[] = [];
  for (const file of textsOf(flags, "checkpoint")) {
    kept.push(
      await Deno.readFile(file).catch((cause) => {
        throw new UsageError(`--checkpoint ${file}: ${(cause as Error).message}`, { cause });
      }),
    );
  }
  return {
    policy,
    crypto: {
      sha256: nodeSha256,
      verify: ({ publicKey, message, signature }) =>
        Promise.resolve(verifyEd25519(publicKey, message, signature)),
    },
    startSha256: () => createHash("sha256"),
    kept,
  };
}

/** A key is one word; anything else is the name of a file that holds one. */
async function keyOf(
  flag: string,
  text: string,
  type: VerifierKey["type"],
): Promise<VerifierKey> {
  const isKey = /^[^+\s]+\+[0-9a-f]{8}\+\S+$/.test(text);
  const written = isKey ? text : await Deno.readTextFile(text).catch((cause) => {
    throw new UsageError(`--${flag} is no key, and no file: ${(cause as Error).message}`, {
      cause,
    });
  });
  try {
    const key = parseVerifierKey(written.trim(), nodeSha256);
    if (key.type === type) return key;
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw new UsageError(`--${flag}: ${cause.message}`, { cause });
  }
  throw new UsageError(`--${flag} is a key of another type than ${type}`);
}

function textsOf(flags: ParsedFlags, name: string): string[] {
  const value = flags.values[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function counted(bundle: BundleSource, progress: ByteProgress): BundleSource {
  return {
    paths: bundle.paths,
    open: (path) => {
      const file = bundle.open(path);
      return file && {
        byteLength: file.byteLength,
        read: (offset, byteLength) => {
          progress.add(byteLength);
          return file.read(offset, byteLength);
        },
      };
    },
  };
}

function jsonOf(verdict: Verdict): string {
  const { checkpoint, ...rest } = verdict;
  return JSON.stringify(
    {
      outcome: (["sound", "differs", "not-decided"] as const)[verdictCode(verdict)],
      ...rest,
      checkpoint: checkpoint && {
        origin: checkpoint.checkpoint.origin,
        size: checkpoint.checkpoint.size,
        root: checkpoint.checkpoint.root.toBase64(),
        witnessCount: checkpoint.witnessCount,
      },
    },
    null,
    2,
  );
}

await runCommand({
  name: "verify",
  usage: USAGE,
  options: {
    "database": { type: "string" },
    "keys": { type: "string" },
    "log-key": { type: "string" },
    "witness-key": { type: "string", multiple: true },
    "quorum": { type: "string" },
    "checkpoint": { type: "string", multiple: true },
    "json": { type: "boolean" },
  },
  run,
});
