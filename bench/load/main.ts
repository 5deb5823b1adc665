/**
 * `deno run -A bench/load/main.ts`: one load by hand, for whoever makes a service faster.
 *
 * It prints everything that a row leaves out: processor time of every process for each request, what the
 * generator was late by, and the run second by second. Nothing is written to a results file.
 *
 * @module
 */

import { basename } from "node:path";
import { parseArgs } from "node:util";
import { sharedDataDir } from "@wavekeep/core/testing";
import { openStage } from "../stage.ts";
import { histogramOf } from "./histogram.ts";
import { LIVE_SERVER_SETTINGS } from "./live_server.ts";
import { type LoadStage, type Measured, openLoadStage, PROCESSES } from "./load_stage.ts";
import type { RunCommand, RunResult } from "./messages.ts";
import type { TallyData } from "./tally.ts";

const USAGE = `Usage: deno run -A bench/load/main.ts [options]

Opens a database, ingest and query of its own, and puts one open-loop load on them.

  --devices N       devices with one chunk a second each (default 2000; 0 for none)
  --readers N       readers, turning ten-second pages of 23 channels (default 0)
  --viewers N       event streams, spread over the first recordings (default 0)
  --recordings N    recordings that readers and viewers look at (default 10)
  --history S       seconds of each of those that are loaded before, in batches of 100 (default 600
                    when there are readers)
  --page-ms MS      time between two pages of one reader (default 500)
  --period-ms MS    time between two chunks of one device (default 1000)
  --seconds S       how long is measured (default 15), after --warm-up S (default 5)
  --batches N       instead: N recordings of --history seconds, in batches, as fast as it goes
  --ramp S          devices come in one after the other during so much of the warm-up (default 0)
  --timeline        prints each second
  --setting NAME=V  a setting of the database server, such as shared_buffers=128MB; may be repeated
  --log-files N     files of the write-ahead log that are there from the start (default 0)
  --logs            prints what the services logged as a warning or an error, counted, and the log
                    of the database server
  --help            this text
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      devices: { type: "string" },
      readers: { type: "string" },
      viewers: { type: "string" },
      recordings: { type: "string" },
      history: { type: "string" },
      "page-ms": { type: "string" },
      "period-ms": { type: "string" },
      seconds: { type: "string" },
      "warm-up": { type: "string" },
      ramp: { type: "string" },
      batches: { type: "string" },
      setting: { type: "string", multiple: true },
      "log-files": { type: "string" },
      timeline: { type: "boolean" },
      logs: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(USAGE), 0;
  const number = (name: keyof typeof values, otherwise: number): number => {
    const text = values[name];
    const value = typeof text === "string" ? Number(text) : otherwise;
    if (!(value >= 0)) throw new Error(`--${name} is "${text}", must be a number`);
    return value;
  };
  const batches = number("batches", 0);
  const count = {
    devices: batches > 0 ? 0 : number("devices", 2000),
    readers: number("readers", 0),
    viewers: number("viewers", 0),
  };
  const isLooked = count.readers + count.viewers > 0;
  const recordingCount = isLooked ? number("recordings", 10) : 0;
  const history = number("history", batches > 0 || count.readers > 0 ? 600 : 0);

  const aborter = new AbortController();
  const onSignal = () => aborter.abort(new Error("Stopped before the end"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  await using stage = await openStage(aborter.signal, undefined, {
    settings: { ...LIVE_SERVER_SETTINGS, ...settingsOf(values.setting ?? []) },
    logFileCount: number("log-files", 0),
  });
  await using load = await openLoadStage(stage, {
    seed: 1,
    dataFolder: sharedDataDir(),
    deviceCountMax: Math.max(1, count.devices, recordingCount, batches),
    signal: aborter.signal,
  });
  print(`EEG: ${load.origin}; pids ${JSON.stringify(stage.pids)}`);
  if (batches > 0) await openDevices(load, batches, history);
  else {
    // Those that somebody looks at come first, with a history.
    await openDevices(load, recordingCount, history);
    await openDevices(load, count.devices - load.deviceCount, 0);
    const command: Omit<RunCommand, "do"> = {
      warmUpSeconds: number("warm-up", 5),
      seconds: number("seconds", 15),
      ...(count.devices > 0
        ? {
          devices: {
            count: count.devices,
            periodMs: number("period-ms", 1000),
            rampSeconds: number("ramp", 0),
          },
        }
        : {}),
      ...(count.readers > 0
        ? {
          readers: {
            count: count.readers,
            periodMs: number("page-ms", 500),
            windowSeconds: 10,
            recordingCount,
          },
        }
        : {}),
      ...(count.viewers > 0 ? { viewers: { count: count.viewers, recordingCount } } : {}),
    };
    printRun(await load.run(command), values.timeline ?? false);
  }
  if (values.logs) {
    for await (const { name } of Deno.readDir(stage.folder)) {
      if (/^(ingest|query)-\d+\.log$/.test(name)) await printLog(`${stage.folder}/${name}`);
    }
    print((await Deno.readTextFile(`${stage.folder}/postgres.log`)).trimEnd());
  }
  return 0;
}

function settingsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const [, name, value] = /^(\w+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined) throw new Error(`--setting is "${pair}", must be NAME=VALUE`);
    return [name, value!];
  }));
}

async function openDevices(load: LoadStage, deviceCount: number, historySeconds: number) {
  if (deviceCount <= 0) return;
  const { result, usage } = await load.open({
    deviceCount,
    historySeconds,
    chunksPerRequest: 100,
    inFlight: 8,
  });
  const perSecond = result.requestCount / (result.elapsedMs / 1000);
  print(
    `opened ${deviceCount} recordings: ${result.requestCount} requests in ` +
      `${fixed(result.elapsedMs / 1000)} s (${fixed(perSecond)}/s)`,
  );
  const { batches } = result;
  if (batches !== null) {
    const speed = batches.sampleCount / batches.elapsedMs / 1000;
    const latency = histogramOf(batches.latency);
    print(
      `batches: ${batches.chunkCount} chunks in ${fixed(batches.elapsedMs / 1000)} s, ` +
        `${fixed(speed)} M samples/s; a request p50 ${fixed(latency.quantileMs(0.5))} ms, ` +
        `p99 ${fixed(latency.quantileMs(0.99))} ms`,
    );
  }
  printUsage(usage, batches?.chunkCount ?? result.requestCount);
}

function printRun({ result, usage }: Measured<RunResult>, withTimeline: boolean): void {
  const seconds = result.elapsedMs / 1000;
  print(
    `measured ${fixed(seconds)} s, ${result.requestCount} requests due ` +
      `(${fixed(result.requestCount / seconds)}/s)`,
  );
  if (result.devices !== undefined) printTally("devices", result.devices, withTimeline);
  if (result.readers !== undefined) printTally("readers", result.readers, withTimeline);
  if (result.viewers !== undefined) {
    const { sentToEvent, receiptToEvent, eventCount, errorCount, errors } = result.viewers;
    printHistogram("chunk sent → event", histogramOf(sentToEvent));
    printHistogram("receipt → event", histogramOf(receiptToEvent));
    print(`  ${eventCount} events, ${errorCount} errors ${JSON.stringify(errors)}`);
  }
  printUsage(usage, result.requestCount);
}

function printTally(name: string, tally: TallyData, withTimeline: boolean): void {
  printHistogram(`${name}: latency from the intended time`, histogramOf(tally.latency));
  printHistogram(`${name}: from the writing on`, histogramOf(tally.service));
  printHistogram(`${name}: written late by`, histogramOf(tally.lateness));
  print(`  ${tally.errorCount} errors ${JSON.stringify(tally.errors)}`);
  if (!withTimeline) return;
  for (const { seconds, count, errorCount, p50Ms, p99Ms, maxMs } of tally.timeline) {
    print(
      `  ${String(seconds).padStart(5)} s  ${String(count).padStart(6)} answers  ` +
        `p50 ${fixed(p50Ms)}  p99 ${fixed(p99Ms)}  max ${fixed(maxMs)} ms  ${errorCount} errors`,
    );
  }
}

function printHistogram(name: string, histogram: ReturnType<typeof histogramOf>): void {
  if (histogram.count === 0) return print(`${name}: nothing`);
  const parts = [0.5, 0.95, 0.99, 0.999].map((share) =>
    `p${share * 100} ${fixed(histogram.quantileMs(share))}`
  );
  print(`${name}: ${parts.join("  ")}  max ${fixed(histogram.maxMs)} ms (${histogram.count})`);
}

function printUsage(usage: Measured<unknown>["usage"], requestCount: number): void {
  for (const name of PROCESSES) {
    const { processorMs, residentMb, peakMb } = usage[name];
    print(
      `  ${name.padEnd(9)} ${fixed(processorMs * 1000 / Math.max(1, requestCount)).padStart(7)} ` +
        `µs of processor each, ${fixed(processorMs / 1000)} s; resident ${fixed(residentMb)} MB, ` +
        `peak ${fixed(peakMb)} MB`,
    );
  }
}

/** Lines above "info" by their message, with one of each. */
async function printLog(file: string): Promise<void> {
  const found = new Map<string, { count: number; line: string }>();
  for (const line of (await Deno.readTextFile(file)).split("\n")) {
    const [, level, message] = /"level":"(\w+)","msg":"([^"]*)"/.exec(line) ?? [];
    if (level === "info" || level === "debug" || line === "") continue;
    const key = message ?? "(no JSON)";
    found.set(key, { count: (found.get(key)?.count ?? 0) + 1, line });
  }
  for (const { count, line } of found.values()) {
    print(`${basename(file)}: ${count} × ${line.slice(0, 400)}`);
  }
}

function fixed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line.trimEnd()}\n`));
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${(error as Error).message}\n`));
    Deno.exit(1);
  }
}
