/**
 * A real `start` for tests: its own data folder and ports, driven as a person would.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A command that has ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of the simulator to its end. */
export async function runScript(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/simulator/${script}`, ...args],
    cwd: ROOT,
    stdin: "null",
    env: { "NO_COLOR": "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A running start. */
export interface Started {
  readonly dataDir: string;
  readonly ports: { ingest: number; query: number; viewer: number; accounts: number };
  readonly output: () => string;
  readonly pid: number;
  /** The last written run.json. */
  run(): Promise<{ pids: Record<string, number>; urls: Record<string, string> }>;
  token(role: string): Promise<string>;
  /** GET of query as a clinician. */
  query(path: string, accept?: string): Promise<Response>;
  signal(name: Deno.Signal): void;
  ended: Promise<number>;
}

/**
 * Starts on a data folder and waits for the word that it is ready.
 *
 * @param env Beside what every process has.
 */
export async function startOn(
  dataDir: string,
  basePort: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `${ROOT}/simulator/start.ts`,
      "--data",
      dataDir,
      "--base-port",
      String(basePort),
      ...args,
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // As a terminal would: what reaches us reaches only this process.
    detached: true,
    env: { "NO_COLOR": "1", ...env },
  }).spawn();
  let output = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const part of stream) output += decoder.decode(part, { stream: true });
  };
  const collecting = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const ended = child.status.then(async ({ code }) => {
    await collecting;
    return code;
  });
  let hasEnded = false;
  void ended.then(() => hasEnded = true);
  const ports = {
    ingest: basePort,
    query: basePort + 1,
    viewer: basePort + 2,
    accounts: basePort + 3,
  };
  await waitUntil("start says that it is ready", 120_000, () => {
    if (hasEnded) throw new Error(`start ended:\n${output}`);
    return output.includes("Wavekeep is ready");
  });
  const token = async (role: string) => {
    const { code, stdout, stderr } = await runScript("token.ts", [
      ...["--data", dataDir, "--role", role],
    ]);
    strictEqual(code, 0, stderr);
    return stdout.trim();
  };
  let clinician: string | undefined;
  return {
    dataDir,
    ports,
    pid: child.pid,
    ended,
    output: () => output,
    token,
    run: async () => JSON.parse(await Deno.readTextFile(`${dataDir}/run.json`)),
    async query(path, accept = "application/json") {
      clinician ??= await token("clinician");
      return await fetch(`http://127.0.0.1:${ports.query}${path}`, {
        headers: { authorization: `Bearer ${clinician}`, accept },
      });
    },
    signal: (name) => child.kill(name),
  };
}

/** Polls until `check` holds. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  check: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await check()) {
    ok(performance.now() < deadline, `waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Processes whose command line or environment names a folder: what a start would have left behind. */
export async function processesNaming(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name) || Number(entry.name) === Deno.pid) continue;
    for (const file of ["cmdline", "environ"]) {
      const text = await Deno.readTextFile(`/proc/${entry.name}/${file}`).catch(() => "");
      if (!text.includes(folder)) continue;
      const command = await Deno.readTextFile(`/proc/${entry.name}/cmdline`).catch(() => "");
      found.push(`${entry.name} ${command.replaceAll("\0", " ")}`);
      break;
    }
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
