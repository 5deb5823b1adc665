/**
 * Faults. A connection that is cut at every byte of an upload (goal A9): half a chunk is no chunk.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { LabClient } from "../lab_client.ts";
import { LabStream } from "../lab_stream.ts";
import { onStage } from "../on_stage.ts";
import { descriptorCount } from "../process_facts.ts";
import { auditedStreams, startAll } from "../run_services.ts";
import { readAnswer } from "../read_answer.ts";
import type { Stage } from "../stage.ts";
import { type LinkShape, TcpProxy } from "../tcp_proxy.ts";

/** Two channels of so many samples of four bytes: a chunk of 16 KiB. */
const SAMPLES_PER_CHANNEL = 2_048;

const AT_ONCE = 8;

/**
 * Connections that are still going down when the last cut was made; among them one to the database that a busy
 * moment opened, which is idle for half a minute before ingest gives it up (core/service/postgres.ts).
 */
const DESCRIPTORS_SETTLE_MS = 45_000;

export const cutUpload: Campaign = {
  name: "cut upload",
  what:
    "An upload of 16 KiB is cut, in order and by reset, after its first byte, its second, and so on.",
  must: "0 rows of what was cut, a clean resend is new (201), no connection is left over",
  // The request has about 17,230 bytes; a smaller count takes strides.
  full: 17_400,
  small: 120,
  unit: "cuts",
  run: (options) => onStage(options, (stage) => cutting(stage, options)),
};

async function cutting(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  await using services = new AsyncDisposableStack();
  const [ingest] = await startAll(stage, services, 1);
  const code = `cut-${options.seed.toString(36)}`;
  const stream = new LabStream({
    code,
    seed: options.seed,
    samplesPerChannel: SAMPLES_PER_CHANNEL,
  });
  // A connection for every request: each is cut.
  using client = await LabClient.of(stage, "lab-cut", { isReusing: false });
  await client.open(ingest!.url, stream);
  const chunks = stream.chunks();
  const violations: string[] = [];
  const leafHashes: string[] = [];
  const put = async (url: string, chunk = chunks.next().value) => ({
    chunk,
    answer: await client.send(url, {
      method: "PUT",
      path: stream.path(chunk.sequence),
      body: chunk.bytes,
    }),
  });
  /** Sends one chunk as it should be, and wants a 201 for it. */
  const whole = async (url: string, known?: Parameters<typeof put>[1]) => {
    const { chunk, answer } = await put(url, known);
    const read = answer === undefined
      ? undefined
      : readAnswer(answer, { segmentId: stream.segmentId, sent: [chunk] });
    if (read?.kind !== "acknowledged" || read.isRepeat) {
      violations.push(`Chunk ${chunk.sequence} as it should be is not new: ${answer?.status}`);
      return;
    }
    leafHashes.push(read.leafHashes[0]!);
  };

  const requestBytes = await countRequest(ingest!.port, (url) => whole(url));
  const { pid } = ingest!;
  const descriptorsBefore = await descriptorCount(pid!);
  const target = chunks.next().value;
  const stride = requestBytes / Math.min(options.count, requestBytes);
  let done = 0;
  const cutOne = async (url: string, at: number) => {
    const { answer } = await put(url, target);
    if (answer !== undefined && answer.status < 400) {
      violations.push(`Cut after ${at} of ${requestBytes} bytes, it was answered ${answer.status}`);
    }
    options.onProgress(++done);
  };
  const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
    let shape: LinkShape = {};
    await using proxy = await TcpProxy.listen({ targetPort: ingest!.port, shape: () => shape });
    for (let index = lane; index < options.count; index += AT_ONCE) {
      stage.signal.throwIfAborted();
      const at = Math.floor((index % requestBytes) * stride);
      shape = { up: { limit: { bytes: at, then: index % 3 === 0 ? "reset" : "close" } } };
      await cutOne(proxy.url, at);
    }
  });
  await Promise.all(lanes);
  const [found] = await stage.database.sql<{ count: number }>(
    `select count(*)::int as count from wavekeep.chunk join wavekeep.segment s
      using (recording_id, segment_no) where encode(s.segment_id, 'hex') = $1`,
    [stream.segmentId],
  );
  if (found!.count !== 1) {
    violations.push(`${found!.count} chunks are stored, not 1, after the cuts`);
  }
  await whole(ingest!.url, target);
  const left = await settled(pid!, descriptorsBefore);
  if (left > 0) violations.push(`${left} descriptors more are open than before the cuts`);
  const acknowledged = { stream, count: leafHashes.length, leafHashes, setCount: 0 };
  const audit = await auditedStreams(stage, [acknowledged]);
  return {
    done,
    violations: [...violations, ...audit.violations],
    figures: { ...audit.figures, "bytes of the request": requestBytes, "descriptors left": left },
  };
}

/** How many bytes `send` sends. */
async function countRequest(
  targetPort: number,
  send: (url: string) => Promise<void>,
): Promise<number> {
  let count = 0;
  await using proxy = await TcpProxy.listen({
    targetPort,
    shape: () => ({
      up: {
        *pass(piece) {
          count += piece.byteLength;
          yield piece;
        },
      },
    }),
  });
  await send(proxy.url);
  return count;
}

/** Descriptors more than before, when that no longer falls. */
async function settled(pid: number, before: number): Promise<number> {
  const deadlineMs = performance.now() + DESCRIPTORS_SETTLE_MS;
  while (true) {
    const more = await descriptorCount(pid) - before;
    if (more <= 0 || performance.now() > deadlineMs) return Math.max(0, more);
    await sleep(100);
  }
}
