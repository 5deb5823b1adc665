/**
 * `deno task export`: takes a recording, or a window of it, out as an EDF+ file.
 *
 * The file appears whole or not at all: it is written beside its place and renamed.
 *
 * @module
 */

import { Problem } from "@wavekeep/core/problem";
import { DecimalSeconds } from "@wavekeep/core/recording";
import { EDF_MEDIA_TYPE } from "@wavekeep/core/wire";
import { type ParsedFlags, print, runCommand, textFlag, urlFlag, UsageError } from "./command.ts";
import { dataFolder } from "./data_folder.ts";
import { describe } from "./ingest_client.ts";
import { openCredential } from "./tokens.ts";

const USAGE = `Usage: deno task export --patient P --recording R --out FILE
                        [--start S] [--end S] [--query URL] [--data DIR]

Writes a recording, or the window [start, end) of it, as EDF+ (BDF+ where samples need 24 bits).

  --patient P      the site's code of the patient
  --recording R    the site's code of the recording
  --out FILE       where to write; an existing file is replaced when the export is complete
  --start S        seconds from recording start (default: the start)
  --end S          seconds from recording start, exclusive (default: the end)
  --query URL      address of query (default http://127.0.0.1:8001)
  --data DIR       data folder with the credentials (default .wavekeep); WAVEKEEP_TOKEN is used
                   instead when it is set
  --help           this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
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
  const query = new URLSearchParams();
  for (const name of ["start", "end"]) {
    const text = textFlag(flags, name);
    if (text === undefined) continue;
    if (!DecimalSeconds.safeParse(text).success) {
      throw new UsageError(`--${name} is "${text}", must be decimal seconds such as 12.5`);
    }
    query.set(name, text);
  }
  const base = urlFlag(flags, "query", "http://127.0.0.1:8001");
  const credential = await openCredential(dataFolder(textFlag(flags, "data") ?? ".wavekeep"), {
    role: "clinician",
    subject: "clinician",
    environmentToken: Deno.env.get("WAVEKEEP_TOKEN"),
  });
  const path = `/patients/${encodeURIComponent(patient)}/recordings/${
    encodeURIComponent(recording)
  }/export.edf`;
  const response = await fetch(`${base}${path}${query.size > 0 ? `?${query}` : ""}`, {
    headers: {
      authorization: `Bearer ${await credential.token()}`,
      accept: `${EDF_MEDIA_TYPE}, application/problem+json`,
    },
    redirect: "error",
  }).catch((cause) => {
    throw new Error(`Cannot export: no answer from ${base} (${cause.message})`, { cause });
  });
  if (!response.ok || response.body === null) {
    const parsed = Problem.safeParse(await response.json().catch(() => undefined));
    throw new Error(
      `Cannot export: ${describe(response.status, parsed.success ? parsed.data : undefined)}`,
    );
  }
  const byteLength = await writeWhole(out, response.body);
  print("stdout", `Wrote ${byteLength} bytes to ${out}`);
  return 0;
}

async function writeWhole(path: string, body: ReadableStream<Uint8Array>): Promise<number> {
  const draft = `${path}.${crypto.randomUUID()}.part`;
  let byteLength = 0;
  try {
    const file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    await body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(part, controller) {
          byteLength += part.byteLength;
          controller.enqueue(part);
        },
      }),
    ).pipeTo(file.writable);
    await Deno.rename(draft, path);
    return byteLength;
  } catch (cause) {
    await Deno.remove(draft).catch(() => {});
    throw new Error(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
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
    "query": { type: "string" },
    "data": { type: "string" },
  },
  run,
});
