/**
 * Faults. Ingest cannot be reached for hours, and then it can (goal C5).
 *
 * An hour is 3,600 chunks, which the device sends as fast as the relay takes them; when the network is back, a second
 * device streams beside the backlog.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign } from "../campaign.ts";
import { onStage } from "../on_stage.ts";
import { RelayedDevice, relayOn } from "../relay_on_stage.ts";
import { auditedStreams, startAll } from "../run_services.ts";
import { TcpProxy } from "../tcp_proxy.ts";

const CHUNKS_PER_HOUR = 3_600;
const BATCH_CHUNKS = 60;
/** The backlog has to go at least so many times faster than it came. */
const TIMES_REAL_TIME_MIN = 20;
const LIVE_EVERY_MS = 100;
/** What came in within the last ten seconds is live to the relay. */
const LIVE_FOR_MS = 11_500;

export const networkAway: Campaign = {
  name: "network away",
  what:
    "Ingest cannot be reached from the relay for so many hours of a device's stream, then it can.",
  must:
    "caught up at 20 times real time or more, live data first, 0 lost, 0 doubled, bytes as sent",
  full: 72,
  small: 1,
  unit: "simulated hours",
  run: (options) =>
    onStage(options, async (stage) => {
      await using services = new AsyncDisposableStack();
      const [ingest] = await startAll(stage, services, 1);
      const network = services.use(await TcpProxy.listen({ targetPort: ingest!.port }));
      network.isRefusing = true;
      const relay = await relayOn(stage, services, {
        name: `away-${options.seed}`,
        upstreamUrl: network.url,
      });
      relay.process.start();
      await relay.process.ready();
      const code = `relay-away-${options.seed.toString(36)}`;
      const { url } = relay.process;
      using away = await RelayedDevice.open(stage, url, {
        code: `${code}-a`,
        seed: options.seed ^ 0x5e1c_0000,
        usesSets: true,
      });
      using live = await RelayedDevice.open(stage, url, {
        code: `${code}-b`,
        seed: options.seed ^ 0x5e1d_0000,
      });
      for (let hour = 0; hour < options.count; hour++) {
        for (let sent = 0; sent < CHUNKS_PER_HOUR; sent += BATCH_CHUNKS) {
          options.signal.throwIfAborted();
          await away.send(BATCH_CHUNKS);
        }
        options.onProgress(hour + 1);
      }
      const violations: string[] = [];
      if (await away.stored() > 0) violations.push("Something reached ingest while it was away");
      const backlog = away.confirmed;
      // Hours went by in seconds: nothing of them may count as live any more.
      await sleep(LIVE_FOR_MS, options.signal);
      network.isRefusing = false;
      const backMs = performance.now();
      // Live chunks come beside it from the first moment.
      let firstLiveMs: number | undefined;
      let backlogThen = 0;
      let longestLag = 0;
      let beganMs = backMs;
      for (;;) {
        options.signal.throwIfAborted();
        const stored = await away.stored();
        if (stored === 0) beganMs = performance.now();
        if (stored >= backlog) break;
        const disputed = (await relay.metrics()).get("disputed_entries") ?? 0;
        if (disputed > 0) {
          violations.push(`${disputed} entries are disputed`);
          break;
        }
        await live.send(1);
        // The newest, and not how far it goes without a hole: what came in while the relay still waited to look
        // again for its network has become backlog, and goes last.
        const newest = await live.newestAtIngest(stage);
        if (firstLiveMs === undefined && newest >= 0) {
          firstLiveMs = performance.now() - backMs;
          backlogThen = stored;
        }
        if (firstLiveMs !== undefined) {
          longestLag = Math.max(longestLag, live.confirmed - 1 - newest);
        }
        await sleep(LIVE_EVERY_MS);
      }
      const seconds = Math.max(0.001, (performance.now() - beganMs) / 1000);
      const times = backlog / seconds;
      if (times < TIMES_REAL_TIME_MIN) {
        violations.push(`The backlog went at ${times.toFixed(1)} times real time`);
      }
      if (firstLiveMs === undefined) violations.push("No live chunk arrived before the backlog");
      await relay.emptied();
      const audit = await auditedStreams(stage, [away.acknowledged, live.acknowledged]);
      return {
        done: options.count,
        violations: [...violations, ...away.violations, ...live.violations, ...audit.violations],
        figures: {
          "backlog chunks": backlog,
          "caught up in s": seconds,
          "times real time": times,
          "first live chunk after ms": firstLiveMs ?? -1,
          "backlog stored by then": backlogThen,
          "longest live lag in chunks": longestLag,
          ...audit.figures,
        },
      };
    }),
};
