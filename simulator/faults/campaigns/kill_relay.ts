/**
 * Faults. `kill -9` of the relay, with the last page torn as a power cut would (goal C4).
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import { prng } from "../../../core/testing/prng.ts";
import { tearLastPage } from "../../../core/testing/tear_wal.ts";
import type { Campaign } from "../campaign.ts";
import { onStage } from "../on_stage.ts";
import { planFaults } from "../plan.ts";
import { RelayedDevice, relayOn } from "../relay_on_stage.ts";
import { auditedStreams, startAll } from "../run_services.ts";
import { durations } from "../summary.ts";

const DEVICES = 4;
const PAUSE_MS = [50, 250] as const;
const DEVICE_PAUSE_MS_MAX = 30;
const BATCH_CHUNKS_MAX = 4;

export const killRelay: Campaign = {
  name: "kill relay",
  what:
    "kill -9 of the relay at random moments under live streams, and a torn last page each time.",
  must: "0 confirmed chunks lost, 0 doubled upstream, nothing disputed, bytes as sent",
  full: 1_000,
  small: 50,
  unit: "kills",
  run: (options) =>
    onStage(options, async (stage) => {
      await using services = new AsyncDisposableStack();
      const [ingest] = await startAll(stage, services, 1);
      const relay = await relayOn(stage, services, {
        name: `kill-${options.seed}`,
        upstreamUrl: ingest!.url,
      });
      relay.process.start();
      await relay.process.ready();
      const devices: RelayedDevice[] = [];
      for (let index = 0; index < DEVICES; index++) {
        devices.push(
          await RelayedDevice.open(stage, relay.process.url, {
            code: `relay-kill-${options.seed.toString(36)}-${index}`,
            seed: (options.seed ^ 0x5e1a_0000) + index,
            usesSets: index % 2 === 0,
          }),
        );
      }
      let isOver = false;
      const running = Promise.all(devices.map(async (device, index) => {
        const random = prng(options.seed ^ (index + 1));
        while (!isOver && device.violations.length === 0) {
          await device.send(1 + random.below(BATCH_CHUNKS_MAX));
          await sleep(random.real() * DEVICE_PAUSE_MS_MAX);
        }
      }));
      running.catch(() => {});
      const restartsMs: number[] = [];
      const tears = new Map<string, number>();
      const random = prng(options.seed ^ 0x7ea5);
      const plan = planFaults(options.seed, { kinds: ["kill"], pauseMs: PAUSE_MS });
      try {
        for (const [index, { pauseMs }] of plan.take(options.count).toArray().entries()) {
          await sleep(pauseMs, options.signal);
          await relay.process.end("SIGKILL");
          const tear = await tearLastPage(relay.spoolFile, random);
          tears.set(tear, (tears.get(tear) ?? 0) + 1);
          relay.process.start();
          restartsMs.push(await relay.process.ready());
          options.onProgress(index + 1);
        }
      } finally {
        isOver = true;
      }
      await running;
      await relay.emptied();
      const counts = await relay.metrics();
      const audit = await auditedStreams(stage, devices.map(({ acknowledged }) => acknowledged));
      for (const device of devices) device[Symbol.dispose]();
      const wrong = (name: string) => {
        const count = counts.get(name) ?? 0;
        return count === 0 ? [] : [`The relay counts ${count} ${name}`];
      };
      return {
        done: options.count,
        violations: [
          ...devices.flatMap(({ violations }) => violations),
          ...audit.violations,
          ...wrong("disputed_entries"),
          ...wrong("damaged_files"),
          ...[ingest!, relay.process].flatMap(({ deaths, task }) =>
            deaths.map((code) => `${task} ended by itself with code ${code}`)
          ),
        ],
        figures: {
          "chunks confirmed": devices.reduce((sum, { confirmed }) => sum + confirmed, 0),
          ...audit.figures,
          ...Object.fromEntries([...tears].map(([tear, count]) => [`torn: ${tear}`, count])),
          ...durations("restart to ready", restartsMs),
        },
      };
    }),
};
