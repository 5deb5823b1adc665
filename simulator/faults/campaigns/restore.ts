/**
 * Faults. The restore drill (goal A14): backup, more ingest, a crash, back to a moment before, and devices
 * that bring the rest.
 *
 * @module
 */

import { ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import { formatVerifierKey } from "@wavekeep/core/log";
import { sleep } from "@wavekeep/core/service/sleep";
import { join } from "node:path";
import { prng } from "../../../core/testing/prng.ts";
import { archiveSettings } from "../../database.ts";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { DrillDevice, Receipts } from "../drill_device.ts";
import { auditStreams } from "../audit_fleet.ts";
import { mustRun, runOnce } from "../once_task.ts";
import { RelayedDevice, relayOn } from "../relay_on_stage.ts";
import type { ServiceProcess } from "../service_process.ts";
import { Stage } from "../stage.ts";
import { durations } from "../summary.ts";

export const restore: Campaign = {
  name: "restore",
  what:
    "Base backup, more ingest, a crash, a restore to a moment before it; devices resend; all of it again.",
  must:
    "everything acknowledged is back and verified, the log says what it lost, and a new one holds all",
  full: 20,
  small: 1,
  unit: "drills",
  run,
};

/** What `deno task restore --json` says. */
interface RestoreReport {
  readonly isSound: boolean;
  readonly incarnation: number;
  readonly scrub: { readonly checkedCount: number; readonly findingCount: number };
  readonly log: { readonly origin: string; readonly behind: number; readonly goesOn: boolean };
}

const SECONDS = 6;
const RELAYED_CHUNKS = 3;
const RELAY_PATIENCE_MS = 60_000;

async function run(options: CampaignOptions): Promise<CampaignResult> {
  const { seed, count, signal } = options;
  // Its own, whatever is shared: this campaign replaces the cluster under it.
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-drill-" });
  try {
    await using stage = await Stage.open({
      isReadByTasks: true,
      signal,
      settings: { ...archiveSettings(folder), "shared_buffers": "16MB" },
    });
    const drills = new Drills(stage, folder, prng(seed));
    for (let n = 0; n < count; n++) {
      signal.throwIfAborted();
      await drills.drill(n);
      options.onProgress(n + 1);
    }
    return { done: count, violations: drills.violations, figures: drills.figures };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

class Drills {
  readonly violations: string[] = [];
  readonly #stage: Stage;
  readonly #backups: string;
  readonly #random: ReturnType<typeof prng>;
  readonly #receipts = new Receipts();
  readonly #backupMs: number[] = [];
  readonly #restoreMs: number[] = [];
  #lost = 0;
  #relayedLost = 0;
  #behind = 0;
  #restarts = 0;

  constructor(stage: Stage, backups: string, random: ReturnType<typeof prng>) {
    this.#stage = stage;
    this.#backups = backups;
    this.#random = random;
  }

  get figures(): Record<string, number> {
    return {
      "chunks acknowledged": this.#receipts.digests.size,
      "acknowledged chunks that a restore took away": this.#lost,
      "chunks behind a relay that a restore took away": this.#relayedLost,
      "signed leaves that a restore took away": this.#behind,
      "live devices that began again": this.#restarts,
      ...durations("backup", this.#backupMs),
      ...durations("restore and full verification", this.#restoreMs),
    };
  }

  async drill(n: number): Promise<void> {
    const stage = this.#stage;
    await using services = new AsyncDisposableStack();
    const ingest = services.use(await stage.service("ingest"));
    ingest.start();
    await ingest.ready();
    const device = (name: string, seconds: number | null) =>
      new DrillDevice(stage, this.#receipts, {
        name: `${name}-${n}`,
        seed: 1 + this.#random.below(1_000_000),
        seconds,
        url: ingest.url,
      });
    const stop = new AbortController();
    const live = device("live", null);
    const streaming = live.run(stop.signal);
    // Watched here: what it throws is this drill's end, whenever that is.
    streaming.catch(() => {});
    const ended = [device("before", SECONDS)];
    await ended[0]!.run();
    const relayed = n % 2 === 1 ? await this.#relayed(n, services, ingest.url) : undefined;
    await relayed?.hold();
    // Now and then the log itself begins after the moment that comes back.
    if (this.#random.below(4) > 0) await this.#task("sequence", ["--once"]);
    await this.#timed(this.#backupMs, () => this.#task("backup", ["--to", this.#backups]));
    ended.push(device("between", SECONDS));
    await ended[1]!.run();
    await relayed?.hold();
    const [now] = await stage.database.sql<{ at: string }>(
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
    );
    ended.push(device("after", SECONDS));
    await ended[2]!.run();
    await relayed?.hold();
    await this.#task("sequence", ["--once"]);
    const isToTheEnd = this.#random.below(4) === 0;
    await this.#archived();
    const log = await this.#crash(n, isToTheEnd ? "latest" : now!.at);
    this.#relayedLost += await relayed?.lost() ?? 0;
    // It remembers another database, finds that out and ends; somebody starts it again.
    await endsByItself(ingest);
    ingest.start();
    await ingest.ready();
    for (const one of ended) await one.run();
    stop.abort(new Error("drill is over"));
    await streaming;
    await relayed?.hold();
    this.violations.push(...await relayed?.missing() ?? []);
    this.#restarts += live.restarts;
    if (live.restarts === 0) this.violations.push(`drill ${n}: the live device noticed nothing`);
    await this.#verify(n, log);
  }

  /** A device behind a relay: it was told "held", and whatever ingest loses is the relay's to bring. */
  async #relayed(n: number, services: AsyncDisposableStack, upstreamUrl: string) {
    const stage = this.#stage;
    const relay = await relayOn(stage, services, { name: `drill-${n}`, upstreamUrl });
    relay.process.start();
    await relay.process.ready();
    const device = services.use(
      await RelayedDevice.open(stage, relay.process.url, {
        code: `relayed-${n}`,
        seed: 1 + this.#random.below(1_000_000),
      }),
    );
    return {
      /** Some more chunks, until the relay has receipts of all. */
      hold: async () => {
        await device.send(RELAYED_CHUNKS);
        await relay.emptied();
      },
      /** How many of them are not there now. */
      lost: async () => {
        const [row] = await stage.database.sql<{ stored: number }>(
          `select count(*)::int as stored
            from wavekeep.chunk join wavekeep.segment s using (recording_id, segment_no)
            where encode(s.segment_id, 'hex') = $1`,
          [device.stream.segmentId],
        );
        return device.confirmed - row!.stored;
      },
      missing: async () => {
        // That a restore was is known with the first receipt after it; all the others follow.
        for (const untilMs = performance.now() + RELAY_PATIENCE_MS;;) {
          const { violations } = await auditStreams(stage, [device.acknowledged]);
          const found = [...device.violations, ...violations];
          if (found.length === 0 || performance.now() > untilMs) return found;
          await sleep(50, stage.signal);
        }
      },
    };
  }

  /** What is there reaches beyond every moment so far. */
  async #archived(): Promise<void> {
    const [row] = await this.#stage.database.sql<{ segment: string }>(
      "select pg_walfile_name(pg_switch_wal()) as segment",
    );
    while (true) {
      const [archiver] = await this.#stage.database.sql<{ isThere: boolean }>(
        `select coalesce(last_archived_wal >= $1, false) as "isThere" from pg_stat_archiver`,
        [row!.segment],
      );
      if (archiver!.isThere) return;
      await sleep(20, this.#stage.signal);
    }
  }

  /** @returns What has to be asked of the sequencer, and the log that it goes on with. */
  async #crash(n: number, to: string): Promise<{ ask: string[]; origin: string }> {
    const { database, keyFolder, folder } = this.#stage;
    await database.crash();
    const cluster = join(folder, `postgres-${n}`);
    const before = await this.#timed(this.#restoreMs, () =>
      runOnce(
        "restore",
        ["--from", this.#backups, "--to", to, "--cluster", cluster, "--keys", keyFolder, "--json"],
        { "DATABASE_URL": database.url },
      ));
    if (before.code !== 0) {
      throw new Error(`Cannot restore: ${before.code}: ${before.stdout}${before.stderr}`);
    }
    const report: RestoreReport = JSON.parse(before.stdout);
    if (!report.isSound || report.scrub.findingCount > 0) {
      this.violations.push(`drill ${n}: restored and not sound: ${before.stdout}`);
    }
    this.#behind += report.log.behind;
    await database.startOn(cluster);
    const lost = await this.#missing();
    this.#lost += lost.length;
    if (to !== "latest" && lost.length < SECONDS) {
      this.violations.push(`drill ${n}: went back to ${to}, and only ${lost.length} are missing`);
    }
    const { origin, goesOn } = report.log;
    if (goesOn) return { ask: ["--once"], origin };
    const next = `${origin.replace(/\/incarnation-\d+$/, "")}/incarnation-${report.incarnation}`;
    return { ask: ["--new-log", next], origin: next };
  }

  /** Acknowledged and not stored as acknowledged. */
  async #missing(): Promise<string[]> {
    const rows = await this.#stage.database.sql<{ place: string; digest: string }>(
      `select encode(s.segment_id, 'hex') || '/' || c.stream_no || '/' || c.sequence as place,
          encode(c.chunk_digest, 'hex') as digest
        from wavekeep.chunk c join wavekeep.segment s using (recording_id, segment_no)`,
    );
    const stored = new Map(rows.map(({ place, digest }) => [place, digest]));
    if (stored.size !== rows.length) this.violations.push("a chunk is stored twice");
    return [...this.#receipts.digests].flatMap(([place, digest]) =>
      stored.get(place) === digest ? [] : [place]
    );
  }

  /** Everything is back, has its event, and is in the log that goes on. */
  async #verify(n: number, log: { ask: string[]; origin: string }): Promise<void> {
    const missing = await this.#missing();
    this.violations.push(
      ...this.#receipts.violations,
      ...missing.slice(0, 10).map((place) => `drill ${n}: ${place} was acknowledged and is lost`),
    );
    const [counted] = await this.#stage.database.sql<{ chunks: number; events: number }>(
      `select (select count(*)::int from wavekeep.chunk) as chunks,
        (select count(*)::int from wavekeep.event where kind = 'chunk.stored') as events`,
    );
    if (counted!.chunks !== counted!.events) {
      this.violations.push(`drill ${n}: ${counted!.chunks} chunks, ${counted!.events} events`);
    }
    await this.#task("sequence", log.ask);
    const { publicKey } = ed25519Signer(
      await Deno.readFile(join(this.#stage.keyFolder, "log.key")),
    );
    const logKey = { name: log.origin, type: "ed25519", publicKey } as const;
    const verdict = await runOnce("verify", [
      "--database",
      this.#stage.database.url,
      "--keys",
      this.#stage.keyFolder,
      "--log-key",
      formatVerifierKey(logKey, nodeSha256),
    ]);
    if (verdict.code !== 0) {
      this.violations.push(
        `drill ${n}: verify says ${verdict.code}: ${verdict.stdout}${verdict.stderr}`,
      );
    }
  }

  async #task(task: "backup" | "sequence", args: readonly string[]) {
    const { database, keyFolder } = this.#stage;
    if (task === "backup") {
      return await mustRun(task, [...args, "--cluster", database.dataDir], {
        "DATABASE_URL": database.url,
      });
    }
    return await mustRun(task, args, {
      "SEQUENCER_DATABASE_URL": this.#stage.loginUrl("sequencer"),
      "KEY_DIR": keyFolder,
    });
  }

  async #timed<T>(into: number[], fn: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const result = await fn();
    into.push(performance.now() - startedMs);
    return result;
  }
}

async function endsByItself(service: ServiceProcess): Promise<void> {
  while (service.pid !== undefined) await sleep(20);
}
