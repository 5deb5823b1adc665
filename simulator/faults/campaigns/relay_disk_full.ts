/**
 * Faults. The relay's disk is full (goal C3): by its own quota, and by a volume that has no byte left.
 *
 * @module
 */

import type { Campaign } from "../campaign.ts";
import { onStage } from "../on_stage.ts";
import { RelayedDevice, relayOn } from "../relay_on_stage.ts";
import { auditedStreams, startAll } from "../run_services.ts";
import { SmallVolume } from "../small_volume.ts";
import { TcpProxy } from "../tcp_proxy.ts";

const VOLUME_MB = 24;
const QUOTA_BYTES = 400_000;
const BATCH_CHUNKS = 20;
/** More than any of the two can hold. */
const CHUNKS_MAX = 60_000;

export const relayDiskFull: Campaign = {
  name: "disk full on the relay",
  what: "The relay runs out of room while ingest is away: of its quota, and of its volume in turn.",
  must:
    "refused without acknowledgement, nothing dropped, everything held arrives, takes again by itself",
  full: 20,
  small: 2,
  unit: "fills",
  run: (options) =>
    onStage(options, async (stage) => {
      await using services = new AsyncDisposableStack();
      const [ingest] = await startAll(stage, services, 1);
      const network = services.use(await TcpProxy.listen({ targetPort: ingest!.port }));
      const violations: string[] = [];
      const devices: RelayedDevice[] = [];
      const canMount = await SmallVolume.canMount();
      let refusals = 0;
      for (let fill = 0; fill < options.count; fill++) {
        options.signal.throwIfAborted();
        await using own = new AsyncDisposableStack();
        const volume = fill % 2 === 1 && canMount
          ? own.use(await SmallVolume.mount(VOLUME_MB))
          : undefined;
        network.isRefusing = true;
        network.resetAll();
        const relay = await relayOn(stage, own, {
          name: `full-${options.seed}-${fill}`,
          upstreamUrl: network.url,
          ...(volume === undefined ? {} : { spoolFolder: `${volume.folder}/spool` }),
          env: {
            "KEEP_SECONDS": "0",
            ...(volume === undefined ? { "SPOOL_BYTES_MAX": String(QUOTA_BYTES) } : {}),
          },
        });
        relay.process.start();
        await relay.process.ready();
        const device = await RelayedDevice.open(stage, relay.process.url, {
          code: `relay-full-${options.seed.toString(36)}-${fill}`,
          seed: (options.seed ^ 0x5e1b_0000) + fill,
        });
        devices.push(device);
        await device.send(BATCH_CHUNKS);
        await volume?.fill();
        while (await device.send(BATCH_CHUNKS, { untilFull: true })) {
          if (device.confirmed > CHUNKS_MAX) {
            violations.push("The relay was never full");
            break;
          }
        }
        if (device.refusals === 0) {
          violations.push("The relay refused without saying that it is full");
        }
        if (await relay.process.asks("/readyz")) {
          violations.push("A full relay says that it is ready");
        }
        // What it holds goes on as soon as there is a network, and what was refused comes again.
        await volume?.empty();
        network.isRefusing = false;
        if (!await device.send(BATCH_CHUNKS)) violations.push("The relay takes nothing any more");
        await relay.emptied();
        refusals += device.refusals;
        violations.push(
          ...device.violations,
          ...relay.process.deaths.map((code) => `The relay ended by itself with code ${code}`),
        );
        device[Symbol.dispose]();
        options.onProgress(fill + 1);
      }
      const audit = await auditedStreams(stage, devices.map(({ acknowledged }) => acknowledged));
      return {
        done: options.count,
        violations: [...violations, ...audit.violations],
        figures: {
          "chunks confirmed": devices.reduce((sum, { confirmed }) => sum + confirmed, 0),
          "refused for want of room": refusals,
          ...audit.figures,
        },
      };
    }),
};
