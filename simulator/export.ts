/**
 * `deno task export`: takes a recording out: a window of it as an EDF+ file, all of it with its proof, or
 * as a BIDS dataset.
 *
 * What is written appears whole or not at all: beside its place first, and renamed. Ctrl-C leaves nothing
 * behind, neither here nor in the service.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { isCoreError } from "@wavekeep/core/error";
import { parseCheckpoint, parseNote } from "@wavekeep/core/log";
import { Problem } from "@wavekeep/core/problem";
import { DecimalSeconds } from "@wavekeep/core/recording";
import { BidsOptions, BUNDLE_MEDIA_TYPE, EDF_MEDIA_TYPE } from "@wavekeep/core/wire";
import { ByteProgress } from "./byte_progress.ts";
import { type ParsedFlags, runCommand, textFlag, urlFlag, UsageError } from "./command.ts";
import { dataFolder } from "./data_folder.ts";
import { type Ask, orderBundle } from "./export_bundle.ts";
import { describe } from "./ingest_client.ts";
import { stopSignal } from "./stop_signal.ts";
import { openCredential } from "./tokens.ts";
import { refuseExisting, unpackDataset } from "./unpack_dataset.ts";

const USAGE = `Usage: deno task export --patient P --recording R --out FILE
                        [--start S] [--end S] [--bundle [--original] [--checkpoint FILE]...]
                        [--bids --task NAME [--reference TEXT] [--line-frequency 50|60] [--bad NAME]...]
                        [--query URL] [--data DIR]

Writes a recording, or the window [start, end) of it, as EDF+ (BDF+ where samples need 24 bits).
With --bundle, the whole recording with its proof, for "deno task verify".
With --bids, the whole recording as a BIDS dataset: a folder, one run for each stretch without a hole.

  --patient P        the site's code of the patient
  --recording R      the site's code of the recording
  --out FILE         where to write; an existing file is replaced when the export is complete
  --start S          seconds from recording start (default: the start)
  --end S            seconds from recording start, exclusive (default: the end)
  --bundle           a tar file with samples, marks, gaps, device signatures and the log's proof
  --original         in the bundle, what came from files as those files, byte for byte, with the names
                     in their headers; needs WAVEKEEP_TOKEN of role custodian ("deno task token")
  --checkpoint FILE  a checkpoint that you kept: the bundle shows that the log continues it
  --bids             a folder with the layout of BIDS; FILE must not be there yet
  --task NAME        what the patient was asked to do, such as rest: BIDS asks for it
  --reference TEXT   the reference scheme in words (default: what the channels say)
  --line-frequency N of the mains, 50 or 60 (default: n/a)
  --bad NAME         a channel or an electrode that is bad; all others are then good
  --query URL        address of query (default http://127.0.0.1:8001)
  --data DIR         data folder with the credentials (default .wavekeep); WAVEKEEP_TOKEN is used
                     instead when it is set
  --help             this text

Exit codes: 0 fine, 1 refused, failed or stopped, 2 usage.
`;

async function run(flags: ParsedFlags): Promise<number> {
  const patient = textFlag(flags, "patient");
  const recording = textFlag(flags, "recording");
  const out = textFlag(flags, "out");
  if (patient === undefined || recording === undefined || out === undefined) {
    throw new UsageError("--patient, --recording and --out are needed");
  }
  if (flags.positionals.length > 0) {
    throw new UsageError(`Unexpected argument "${flags.positionals[0]}"`);
  }
  const window = windowOf(flags);
  const isBundle = flags.values["bundle"] === true;
  const original = flags.values["original"] === true;
  if (original && !isBundle) throw new UsageError("--original goes with --bundle");
  const checkpoints = flags.values["checkpoint"];
  const kept = Array.isArray(checkpoints) ? checkpoints.map(String) : [];
  const bids = bidsOf(flags);
  if (isBundle && bids !== undefined) throw new UsageError("--bundle or --bids, not both");
  if ((isBundle || bids !== undefined) && window.size > 0) {
    throw new UsageError("--bundle and --bids take whole recordings: neither --start nor --end");
  }
  if (!isBundle && kept.length > 0) throw new UsageError("--checkpoint goes with --bundle");
  const knownSizes = await Promise.all(kept.map(sizeOf));
  const stop = stopSignal();
  try {
    const ask = await asker(flags, stop.signal);
    const path = `/patients/${encodeURIComponent(patient)}/recordings/${
      encodeURIComponent(recording)
    }`;
    if (bids !== undefined) {
      await writeDataset({ ask, path, out, bids, signal: stop.signal });
      return 0;
    }
    if (!isBundle) {
      const query = window.size > 0 ? `?${window}` : "";
      const answer = await ask("GET", `${path}/export.edf${query}`, { accept: EDF_MEDIA_TYPE });
      const byteLength = await writeWhole(out, answer, stop.signal);
      print("stdout", `Wrote ${byteLength} bytes to ${out}`);
      return 0;
    }
    await using order = await orderBundle(ask, path, {
      order: { form: "bundle", "known_sizes": knownSizes, original },
      signal: stop.signal,
    });
    const answer = await ask("GET", order.file, { accept: BUNDLE_MEDIA_TYPE });
    const byteLength = await writeWhole(out, answer, stop.signal);
    print("stdout", `Wrote ${byteLength} bytes to ${out}, with their proof`);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new Error("stopped; nothing was written", { cause: error });
  } finally {
    stop.dispose();
  }
}

/** What BIDS wants to know; undefined without --bids. */
function bidsOf(flags: ParsedFlags): BidsOptions | undefined {
  const reference = textFlag(flags, "reference");
  const frequency = textFlag(flags, "line-frequency");
  const { bad } = flags.values;
  const task = textFlag(flags, "task");
  if (flags.values["bids"] !== true) {
    if ([reference, frequency, bad, task].every((value) => value === undefined)) return undefined;
    throw new UsageError("--task, --reference, --line-frequency and --bad go with --bids");
  }
  if (task === undefined) throw new UsageError("--bids needs --task, such as --task rest");
  const parsed = BidsOptions.safeParse({
    task,
    ...(reference === undefined ? {} : { "eeg_reference": reference }),
    ...(frequency === undefined ? {} : { "power_line_frequency": Number(frequency) }),
    ...(Array.isArray(bad) ? { "bad_channels": bad.map(String) } : {}),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--bids: ${issue!.path.join(".")} ${issue!.message}`);
}

/** The dataset comes as one tar file, which goes when it is unpacked. */
async function writeDataset(
  { ask, path, out, bids, signal }: {
    ask: Ask;
    path: string;
    out: string;
    bids: BidsOptions;
    signal: AbortSignal;
  },
): Promise<void> {
  const folder = out.replace(/\/+$/, "");
  await refuseExisting(folder);
  const tar = `${folder}.${crypto.randomUUID()}.tar`;
  try {
    await using order = await orderBundle(ask, path, { order: { form: "bids", bids }, signal });
    await writeWhole(tar, await ask("GET", order.file, { accept: BUNDLE_MEDIA_TYPE }), signal);
    const count = await unpackDataset(tar, folder, signal);
    print("stdout", `Wrote ${count} files to ${folder}, a BIDS dataset`);
  } finally {
    await Deno.remove(tar).catch(() => {});
  }
}

function windowOf(flags: ParsedFlags): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ["start", "end"]) {
    const text = textFlag(flags, name);
    if (text === undefined) continue;
    if (!DecimalSeconds.safeParse(text).success) {
      throw new UsageError(`--${name} is "${text}", must be decimal seconds such as 12.5`);
    }
    query.set(name, text);
  }
  return query;
}

/** The size that a kept checkpoint says; whether it is genuine is `verify`'s to find out. */
async function sizeOf(path: string): Promise<number> {
  const bytes = await Deno.readFile(path).catch((cause) => {
    throw new UsageError(`--checkpoint ${path}: ${(cause as Error).message}`, { cause });
  });
  try {
    return parseCheckpoint(parseNote(bytes).text).size;
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw new UsageError(`--checkpoint ${path}: ${cause.message}`, { cause });
  }
}

/** Asks query, and turns what is no success into an error for people. */
async function asker(flags: ParsedFlags, signal: AbortSignal): Promise<Ask> {
  const base = urlFlag(flags, "query", "http://127.0.0.1:8001");
  const credential = await openCredential(dataFolder(textFlag(flags, "data") ?? ".wavekeep"), {
    role: "clinician",
    subject: "clinician",
    environmentToken: Deno.env.get("WAVEKEEP_TOKEN"),
  });
  return async (method, path, { accept, body, isLast } = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await credential.token()}`,
        accept: `${accept ?? "application/json"}, application/problem+json`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      // What tidies up is asked when everything else was stopped.
      signal: isLast ? AbortSignal.timeout(5_000) : signal,
    }).catch((cause) => {
      throw new Error(`Cannot export: no answer from ${base} (${cause.message})`, { cause });
    });
    if (response.ok) return response;
    const parsed = Problem.safeParse(await response.json().catch(() => undefined));
    throw new Error(
      `Cannot export: ${describe(response.status, parsed.success ? parsed.data : undefined)}`,
    );
  };
}

async function writeWhole(path: string, answer: Response, signal: AbortSignal): Promise<number> {
  const draft = `${path}.${crypto.randomUUID()}.part`;
  const progress = new ByteProgress("download", Number(answer.headers.get("content-length") ?? 0));
  let byteLength = 0;
  try {
    const file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(part, controller) {
        byteLength += part.byteLength;
        progress.add(part.byteLength);
        controller.enqueue(part);
      },
    });
    await answer.body!.pipeThrough(counted).pipeTo(file.writable, { signal });
    await Deno.rename(draft, path);
    return byteLength;
  } catch (cause) {
    await Deno.remove(draft).catch(() => {});
    throw new Error(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  } finally {
    progress.stop();
  }
}

await runCommand({
  name: "export",
  usage: USAGE,
  options: {
    "patient": { type: "string" },
    "recording": { type: "string" },
    "out": { type: "string" },
    "start": { type: "string" },
    "end": { type: "string" },
    "bundle": { type: "boolean" },
    "bids": { type: "boolean" },
    "task": { type: "string" },
    "reference": { type: "string" },
    "line-frequency": { type: "string" },
    "bad": { type: "string", multiple: true },
    "original": { type: "boolean" },
    "checkpoint": { type: "string", multiple: true },
    "query": { type: "string" },
    "data": { type: "string" },
  },
  run,
});
