/**
 * The embedded server's life, with real processes: what is left when its parent is killed, and what a
 * next start finds. Only processes that a test started are signalled.
 */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import pg from "pg";
import { makeClusterFolder } from "../testing/test_database.ts";
import { sleep } from "./sleep.ts";
import {
  type EmbeddedPostgres,
  findPostgresBinaries,
  startEmbeddedPostgres,
} from "./embedded_postgres.ts";
import { checkDurability } from "./durability.ts";
import { createLogger } from "./json_log.ts";
import { isStoreUnavailable } from "./postgres.ts";
import { parsePostmasterLock, postmasterLock } from "./postmaster_lock.ts";

const PASSWORD = "with/slash@and:colon";
const silent = createLogger({ service: "test", write: () => {} });

/** A cluster that was started and stopped once: making one takes ten times as long as copying it. */
let madeBefore: Promise<string> | undefined;

Deno.test.afterAll(async () => {
  if (madeBefore !== undefined) await Deno.remove(await madeBefore, { recursive: true });
});

async function makeCluster(): Promise<string> {
  const folder = await makeClusterFolder("wavekeep-embedded-");
  await (await start(folder)).stop();
  return folder;
}

/** A folder, with a cluster in it unless the first start itself is what the test is about. */
async function withFolder(
  test: (folder: string) => Promise<void>,
  { isFirstStart = false } = {},
): Promise<void> {
  // Mode 0700, as makeTempDir makes it.
  const folder = await makeClusterFolder("wavekeep-embedded-");
  try {
    if (!isFirstStart) {
      const cluster = join(await (madeBefore ??= makeCluster()), "postgres");
      await new Deno.Command("cp", { args: ["-a", cluster, folder] }).output();
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function start(folder: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: PASSWORD,
    ephemeral: true,
    settings: { "shared_buffers": "16MB", ...settings },
  });
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function isRunning(pid: number): Promise<boolean> {
  const status = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  // A dead child that nobody has waited for still has an entry, in state Z.
  return status !== undefined && !/\) Z /.test(status);
}

const RUN = ["run", "-A", "--config", new URL("../../deno.json", import.meta.url).pathname];

/** Writes a program that starts a server, prints its process id, and then does nothing. */
async function writeParent(folder: string): Promise<string> {
  const module = new URL("./embedded_postgres.ts", import.meta.url);
  const script = join(folder, "parent.ts");
  const options = {
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: PASSWORD,
    ephemeral: true,
  };
  await Deno.writeTextFile(
    script,
    `import { startEmbeddedPostgres } from ${JSON.stringify(module.href)};
     const server = await startEmbeddedPostgres(${JSON.stringify(options)});
     await Deno.stdout.write(new TextEncoder().encode(server.pid + "\\n"));
     setInterval(() => {}, 1000);`,
  );
  return script;
}

async function startInChild(
  folder: string,
  path = Deno.env.get("PATH") ?? "",
): Promise<{ child: Deno.ChildProcess; pid: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...RUN, await writeParent(folder)],
    env: { "PATH": path },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { child, pid: Number(new TextDecoder().decode(value)) };
}

Deno.test("startEmbeddedPostgres() starts, stops and finds its rows again, below a 0700 folder", async () => {
  await withFolder(async (folder) => {
    const first = await start(folder);
    await query(first.url, "create table kept (n int); insert into kept values (7)");
    await first.stop();
    await first.stop();
    strictEqual(await first.ended, 0);
    strictEqual(await isRunning(first.pid), false);

    const second = await start(folder);
    try {
      strictEqual((await query(second.url, "select n from kept"))[0]?.n, 7);
      const [settings] = await query(
        second.url,
        `select current_setting('data_checksums') as "checksums",
           current_setting('fsync') as "fsync", current_setting('listen_addresses') as "addresses",
           current_setting('unix_socket_directories') as "sockets",
           current_setting('password_encryption') as "passwords"`,
      );
      strictEqual(
        JSON.stringify(settings),
        '{"checksums":"on","fsync":"on","addresses":"127.0.0.1","sockets":"",' +
          '"passwords":"scram-sha-256"}',
      );
      const pool = new pg.Pool({ connectionString: second.url, max: 1 });
      pool.on("error", () => {});
      try {
        const { accepted, settings } = await checkDurability(pool);
        strictEqual(accepted.length, 0);
        deepStrictEqual({ ...settings }, {
          "fsync": "on",
          "full_page_writes": "on",
          "synchronous_commit": "on",
          "data_checksums": "on",
          "data_sync_retry": "off",
          "ignore_checksum_failure": "off",
          "zero_damaged_pages": "off",
        });
      } finally {
        await pool.end();
      }
      const wrong = second.url.replace(encodeURIComponent(PASSWORD), "wrong");
      await rejects(query(wrong, "select 1"), /password authentication failed/);
    } finally {
      await second.stop();
    }
  });
});

Deno.test("startEmbeddedPostgres() leaves no password file and no open folder", async () => {
  await withFolder(async (folder) => {
    const server = await start(folder);
    await server.stop();
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    strictEqual(names.sort().join(), "postgres,postgres.log");
    for (const [name, mode] of [["postgres", 0o700], ["postgres.log", 0o600]] as const) {
      strictEqual((await Deno.stat(join(folder, name))).mode! & 0o777, mode, name);
    }
  }, { isFirstStart: true });
});

Deno.test("startEmbeddedPostgres() leaves no orphan when its parent is killed, and starts at once", async () => {
  await withFolder(async (folder) => {
    const { child, pid } = await startInChild(folder);
    ok(await isRunning(pid));
    child.kill("SIGKILL");
    await child.status;
    // No pause: the first server may still be going down.
    const server = await start(folder);
    try {
      strictEqual((await query(server.url, "select 1 as n"))[0]?.n, 1);
      strictEqual(await isRunning(pid), false, "the first server has gone");
    } finally {
      await server.stop();
    }
  });
});

Deno.test("startEmbeddedPostgres() leaves nothing running when nobody starts again", async () => {
  await withFolder(async (folder) => {
    const { child, pid } = await startInChild(folder);
    child.kill("SIGKILL");
    await child.status;
    const deadline = performance.now() + 10_000;
    while (await isRunning(pid) && performance.now() < deadline) await sleep(20);
    strictEqual(await isRunning(pid), false);
    // The server unlinks its lock file last.
    strictEqual(await postmasterLock(join(folder, "postgres")), undefined);
  });
});

Deno.test("startEmbeddedPostgres() stops a server of its folder that does not go by itself", async () => {
  await withFolder(async (folder) => {
    const first = await start(folder);
    const second = await start(folder);
    try {
      strictEqual(await isRunning(first.pid), false);
      strictEqual((await query(second.url, "select 1 as n"))[0]?.n, 1);
    } finally {
      await first.ended;
      await first.stop();
      await second.stop();
    }
  });
});

Deno.test("startEmbeddedPostgres() is not fooled by a lock file whose process is somebody else", async () => {
  await withFolder(async (folder) => {
    await (await start(folder)).stop();
    // As after a reboot: the number belongs to another process now, which must not be touched.
    await Deno.writeTextFile(
      join(folder, "postgres", "postmaster.pid"),
      `${Deno.pid}\n${join(folder, "postgres")}\n1700000000\n5432\n\n127.0.0.1\n 0 0\nready   \n`,
    );
    const server = await start(folder);
    try {
      strictEqual((await query(server.url, "select 1 as n"))[0]?.n, 1);
    } finally {
      await server.stop();
    }
  });
});

Deno.test("startEmbeddedPostgres() starts over when the first start was interrupted", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "postgres.new"));
    await Deno.writeTextFile(join(folder, "postgres.new", "PG_VERSION"), "18\n");
    await Deno.writeTextFile(join(folder, "postgres.password"), "old");
    const server = await start(folder);
    await server.stop();
  }, { isFirstStart: true });
});

Deno.test("startEmbeddedPostgres() shows the server's own words when it does not start", async () => {
  await withFolder(async (folder) => {
    await rejects(start(folder, { "shared_buffers": "nonsense" }), (error: Error) => {
      match(
        error.message,
        /^Cannot start PostgreSQL on port \d+: it ended with code 1; last lines of/,
      );
      match(error.message, /invalid value for parameter "shared_buffers"/);
      return true;
    });
  });
});

/** A program that refuses, for the front of a PATH. */
async function refusing(folder: string, ...names: string[]): Promise<string> {
  const bin = join(folder, "bin");
  await Deno.mkdir(bin, { recursive: true });
  for (const name of names) {
    await Deno.writeTextFile(
      join(bin, name),
      `#!/bin/sh\necho '${name}: Operation not permitted' >&2\nexit 1\n`,
      { mode: 0o755 },
    );
  }
  return `${bin}:${Deno.env.get("PATH") ?? ""}`;
}

const AS_ROOT = { ignore: Deno.uid() !== 0 };

Deno.test(
  "startEmbeddedPostgres() runs as root where user namespaces are refused",
  AS_ROOT,
  async () => {
    await withFolder(async (folder) => {
      // In a process of its own: the environment is shared by all tests that run at this moment.
      const { child, pid } = await startInChild(folder, await refusing(folder, "unshare"));
      strictEqual((await Deno.stat(join(folder, "postgres"))).uid, 65534);
      ok(await isRunning(pid));
      child.kill("SIGKILL");
      await child.status;
      // The other way again: the files change hands, the cluster is the same.
      const server = await start(folder);
      try {
        strictEqual((await Deno.stat(join(folder, "postgres"))).uid, 0);
        strictEqual((await query(server.url, "select 1 as n"))[0]?.n, 1);
        strictEqual(await isRunning(pid), false);
      } finally {
        await server.stop();
      }
    });
  },
);

Deno.test("startEmbeddedPostgres() says what to do where root has no way", AS_ROOT, async () => {
  await withFolder(async (folder) => {
    const output = await new Deno.Command(Deno.execPath(), {
      args: [...RUN, await writeParent(folder)],
      env: { "PATH": await refusing(folder, "unshare", "setpriv") },
    }).output();
    strictEqual(output.success, false);
    const message = new TextDecoder().decode(output.stderr);
    match(
      message,
      /user namespace: unshare: .*not permitted; capability: setpriv: .*not permitted/,
    );
    match(message, /run as an ordinary user, .* or set DATABASE_URL/);
  });
});

Deno.test(
  "startEmbeddedPostgres() passes a folder of somebody else that is closed",
  AS_ROOT,
  async () => {
    await withFolder(async (folder) => {
      const closed = join(folder, "closed");
      await Deno.mkdir(closed, { mode: 0o700 });
      await Deno.chown(closed, 1234, 1234);
      await new Deno.Command("cp", { args: ["-a", join(folder, "postgres"), closed] }).output();
      const server = await start(closed);
      try {
        strictEqual((await query(server.url, "select 1 as n"))[0]?.n, 1);
      } finally {
        await server.stop();
      }
    });
  },
);

Deno.test(
  "startEmbeddedPostgres() does not take an ordinary user's cluster away",
  AS_ROOT,
  async () => {
    await withFolder(async (folder) => {
      await (await start(folder)).stop();
      await Deno.chown(join(folder, "postgres"), 1234, 1234);
      await rejects(start(folder), /postgres belongs to user 1234; run as that user/);
    });
  },
);

Deno.test("a restart of the database costs the requests of that moment, never the process", async () => {
  await withFolder(async (folder) => {
    const first = await start(folder);
    const { openPool } = await import("./postgres.ts");
    await query(
      first.url,
      `create role wavekeep_owner; create role wavekeep_reader; create role wavekeep_audit;
       create role wavekeep_writer login password 'x'`,
    );
    const url = new URL(first.url);
    url.username = "wavekeep_writer";
    url.password = "x";
    const pool = openPool(url.href, { role: "wavekeep_writer", max: 2, logger: silent });
    try {
      const busy = await pool.connect();
      await pool.query("select 1");
      await first.stop();
      await rejects(busy.query("select 1"), (error) => isStoreUnavailable(error));
      busy.release(true);
      await rejects(pool.query("select 1"), (error) => isStoreUnavailable(error));
      const second = await startEmbeddedPostgres({
        dataDir: join(folder, "postgres"),
        port: first.port,
        superuserPassword: PASSWORD,
      });
      try {
        strictEqual((await pool.query("select 1 as n")).rows[0].n, 1);
      } finally {
        await pool.end();
        await second.stop();
      }
    } finally {
      if (!pool.ended) await pool.end();
      await first.stop();
    }
  });
});

Deno.test("findPostgresBinaries() finds programs that can be run", async () => {
  const { postgres } = findPostgresBinaries();
  const { stdout } = await new Deno.Command(postgres, { args: ["--version"] }).output();
  match(new TextDecoder().decode(stdout), /^postgres \(PostgreSQL\) 18\./);
});

Deno.test("parsePostmasterLock() reads process, start and status", () => {
  const lock = parsePostmasterLock("41\n/data\n1700000000\n5432\n\n127.0.0.1\n 1 2\nready   \n");
  strictEqual(JSON.stringify(lock), '{"pid":41,"startedAtSeconds":1700000000,"status":"ready"}');
  strictEqual(parsePostmasterLock(""), undefined);
  strictEqual(parsePostmasterLock("41\n/data\n")?.status, "");
});
