// Local instrument: not committed.
import { openStage } from "./zz_stage.ts";
import { dayPool } from "./day/pool.ts";
import { dayDevice } from "./day/device.ts";
import { dayBodies, openDay, sendBodies } from "./day/load_day.ts";
import { processorMs } from "./load/process_sampler.ts";
import { DEFAULT_WORKLOAD } from "./workloads.ts";
import process from "node:process";
const seconds = Number(Deno.args[0] ?? 3600);
const rounds = Number(Deno.args[1] ?? 1);
const perf = Deno.args[2];
const w = DEFAULT_WORKLOAD;
const signal = new AbortController().signal;
const pool = await dayPool({ shape: "scalp", seed: w.seed + 500, minutes: Number(Deno.env.get("XMIN") ?? 4), dataFolder: Deno.env.get("WAVEKEEP_SHARED_DATA")! });
await using stage = await openStage(signal);
function threads(pid: number) {
  const out: Record<string, number> = {};
  for (const e of Deno.readDirSync(`/proc/${pid}/task`)) {
    const s = Deno.readTextFileSync(`/proc/${pid}/task/${e.name}/stat`);
    const name = s.slice(s.indexOf("(") + 1, s.lastIndexOf(")"));
    const f = s.slice(s.lastIndexOf(")") + 2).split(" ");
    out[name + ":" + e.name] = (Number(f[11]) + Number(f[12])) * 10;
  }
  return out;
}
async function load(name: string, seconds: number, timed: boolean, round: number) {
  const device = dayDevice(pool, { patientId: "p", recordingId: name, seed: 3 + round });
  const bodies = [...dayBodies(device, seconds, 100)];
  await openDay(stage, device);
  const b = { i: processorMs(stage.pids.ingest), p: processorMs(stage.pids.postgres), s: process.cpuUsage(), th: threads(stage.pids.ingest) };
  const t = performance.now();
  await sendBodies(stage, bodies, { inFlight: 4, signal });
  const ms = performance.now() - t;
  if (!timed) return;
  const s = process.cpuUsage(b.s);
  const us = (x: number) => (1000 * x / seconds).toFixed(1);
  const th = threads(stage.pids.ingest);
  const group = new Map<string, number>();
  for (const [k, v] of Object.entries(th)) { const d = v - (b.th[k] ?? 0); if (d > 0) group.set(k, d); }
  const rss = Deno.readTextFileSync(`/proc/${stage.pids.ingest}/status`).match(/VmRSS:\s+(\d+)/)![1];
  console.log(`round ${round}: ${(seconds * 5888 / ms / 1000).toFixed(2)} M/s; µs/chunk ingest ${us(processorMs(stage.pids.ingest) - b.i)} pg ${us(processorMs(stage.pids.postgres) - b.p)} self ${us((s.user + s.system) / 1000)} rss ${rss}; ` +
    [...group].sort((a, c) => c[1] - a[1]).slice(0, 9).map(([k, v]) => `${k.split(":")[0]} ${us(v)}`).join(", "));
}
await load("warm", Math.min(1800, seconds), false, 0);
let p: Deno.ChildProcess | undefined;
if (perf) p = new Deno.Command("perf", { args: ["record", "-F", "999", "-g", "-o", perf, "-p", String(stage.pids.ingest)], stdout: "null", stderr: "null" }).spawn();
if (p) await new Promise((r) => setTimeout(r, 500));
const inspect = Deno.env.get("XINSPECT");
let ask: ((m: string, p?: unknown) => Promise<any>) | undefined;
if (inspect) {
  const list = await (await fetch(`http://127.0.0.1:${inspect}/json`)).json();
  console.log(list.map((x: any) => x.title + x.url).join("|"));
  const ws = new WebSocket(list[0].webSocketDebuggerUrl);
  await new Promise((r) => ws.onopen = r);
  let id = 0; const wait = new Map<number, (v: any) => void>();
  ws.onmessage = (e) => { const d = JSON.parse(e.data); wait.get(d.id)?.(d.result ?? d.error); };
  ask = (method, params = {}) => new Promise((r) => { wait.set(++id, r); ws.send(JSON.stringify({ id, method, params })); });
  if (Deno.env.get("XHEAP")) {
  await ask("HeapProfiler.enable");
  await ask("HeapProfiler.startSampling", { samplingInterval: 4096, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: !Deno.env.get("XMAJOR") });
  } else {
  await ask("Profiler.enable"); await ask("Profiler.setSamplingInterval", { interval: 200 }); await ask("Profiler.start");
  }
}
for (let r = 1; r <= rounds; r++) await load("day" + r, seconds, true, r);
if (p) { p.kill("SIGINT"); await p.status; }

if (ask) {
  if (Deno.env.get("XHEAP")) {
    const { profile } = await ask("HeapProfiler.stopSampling");
    Deno.writeTextFileSync("/tmp/wk5/batch_tmp/heap.json", JSON.stringify(profile));
  } else {
    const { profile } = await ask("Profiler.stop");
    Deno.writeTextFileSync("/tmp/wk5/batch_tmp/cpu.json", JSON.stringify(profile));
  }
}
