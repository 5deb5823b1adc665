/** Devices, readers and viewers against a server that errs: what is wrong must count as wrong. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { asciiBytes, concatBytes } from "@wavekeep/core/bytes";
import { type DayDevice, dayDevice } from "../day/device.ts";
import { dayPool } from "../day/pool.ts";
import { histogramOf } from "./histogram.ts";
import { HttpConnection } from "./http_connection.ts";
import { LoadDevice } from "./load_device.ts";
import { LoadReader } from "./load_reader.ts";
import { LoadViewer, ViewersTally } from "./load_viewer.ts";
import { Tally, type TallyData } from "./tally.ts";
import { type Act, answer, testingServer, until } from "./testing_server.ts";
import { UnsentSets } from "./unsent_sets.ts";

const pool = await dayPool({ shape: "scalp", seed: 9, minutes: 1, dataFolder: undefined });

function newDevice(): DayDevice {
  return dayDevice(pool, { patientId: "p", recordingId: "r", seed: 1 });
}

function connectTo(port: number): HttpConnection {
  return new HttpConnection({ host: "127.0.0.1", port, timeoutMs: 5_000 });
}

/** Fires requests that are all due at once, answered in turn; tells what was counted. */
async function fireAll(
  acts: readonly Act[],
  clientOf: (connection: HttpConnection, tally: Tally, url: string) => {
    fire(dueMs: number): void;
    readonly isIdle: boolean;
  },
): Promise<TallyData> {
  await using server = await testingServer((index) => acts[index]!);
  const connection = connectTo(server.port);
  const tally = new Tally(0);
  try {
    const client = clientOf(connection, tally, server.url);
    const dueMs = performance.now();
    for (let i = 0; i < acts.length; i++) client.fire(dueMs);
    await until(() => client.isIdle);
  } finally {
    connection.close();
  }
  return tally.data();
}

function deviceOf(connection: HttpConnection, tally: Tally): LoadDevice {
  const device = newDevice();
  const sets = new UnsentSets(device);
  const client = new LoadDevice({ device, sets, token: "t", connection, host: "h" });
  client.tally = tally;
  return client;
}

Deno.test("LoadDevice counts what is no 201 as an error, and goes on", async () => {
  const data = await fireAll(
    [answer("", "", 201), answer("", "", 503), answer("", "", 200), answer("", "", 201)],
    deviceOf,
  );
  strictEqual(data.answerCount, 2);
  deepStrictEqual(data.errors, { "status 503": 1, "status 200": 1 });
});

Deno.test("LoadDevice's waiting chunks have the wait in their latency", async () => {
  const slow: Act = (socket, request) =>
    void setTimeout(() => answer("", "", 201)(socket, request), 40);
  const data = await fireAll([slow, slow, slow], deviceOf);
  ok(histogramOf(data.latency).maxMs >= 115, `${histogramOf(data.latency).maxMs} ms`);
  ok(histogramOf(data.service).quantileMs(0.5) < 100);
  ok(histogramOf(data.lateness).maxMs >= 75);
});

Deno.test("LoadDevice sends a set with the first chunk that names it, then chunks to their places", async () => {
  const heads: string[] = [];
  const note: Act = (socket, request) => {
    heads.push(request.slice(0, request.indexOf(" HTTP/1.1")));
    answer("", "", 201)(socket, request);
  };
  await fireAll(Array.from({ length: 30 }, () => note), deviceOf);
  ok(heads.includes("POST /ingest"));
  ok(/^PUT \/segments\/[0-9a-f]{32}\/streams\/0\/chunks\/29$/.test(heads[29]!));
});

Deno.test("LoadReader wants the chunks of its page, all of them and no others", async () => {
  const device = newDevice();
  const chunks = Array.from({ length: 20 }, () => device.next());
  const page = (start: number, end: number) => concatBytes(...chunks.slice(start, end));
  const data = await fireAll(
    [
      answer(page(0, 10)),
      answer(page(10, 19)),
      answer(page(1, 11)),
      answer(page(10, 20).slice(0, -1)),
      answer("", "", 404),
    ],
    (connection, tally, queryUrl) =>
      new LoadReader({
        patientId: "p",
        recordingId: "r",
        seconds: 20,
        windowSeconds: 10,
        firstPage: 0,
        queryUrl,
        token: "t",
        connection,
        tally,
      }),
  );
  strictEqual(data.answerCount, 1);
  deepStrictEqual(data.errors, {
    "9 chunks of 10": 1,
    "chunks of other seconds": 1,
    "an answer that is cut": 1,
    "status 404": 1,
  });
});

Deno.test("LoadViewer times each chunk once, and misses those without an event", async () => {
  const device = newDevice();
  const event = (endSequence: number) => {
    const coverage = {
      "as_of": "2026-01-01T00:00:00.000000Z",
      "end_seconds": String(endSequence),
      streams: [{
        "segment_id": device.segmentId,
        stream: 0,
        "end_sequence": endSequence,
        "end_sample": endSequence * 256,
      }],
      "annotation_count": 0,
      "annotation_revision": 0,
      "server_time": "2026-01-01T00:00:00.000000Z",
    };
    return asciiBytes(`event: coverage\ndata: ${JSON.stringify(coverage)}\n\n`);
  };
  let live: Parameters<Act>[0] | undefined;
  await using server = await testingServer(() => (socket, request) => {
    if (request.startsWith("PUT") || request.startsWith("POST")) {
      return answer("", "", 201)(socket, request);
    }
    live = socket;
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    socket.write(event(0));
  });
  const tally = new ViewersTally(0);
  const connection = connectTo(server.port);
  const sender = deviceOfUrl(server.port, device);
  const viewer = new LoadViewer({
    device: sender,
    queryUrl: server.url,
    token: "t",
    connection,
    tally,
  });
  try {
    await viewer.open();
    for (let i = 0; i < 3; i++) sender.fire(performance.now());
    await until(() => sender.isIdle);
    const bytes = event(2);
    live!.write(bytes.subarray(0, 20));
    live!.write(bytes.subarray(20));
    live!.write(event(2));
    await until(() => tally.data().eventCount === 3);
    strictEqual(viewer.hasSeenAll, false);
    viewer.close();
  } finally {
    sender.connection.close();
    connection.close();
  }
  const { sentToEvent, receiptToEvent, errors } = tally.data();
  strictEqual(histogramOf(sentToEvent).count, 2);
  ok(histogramOf(receiptToEvent).maxMs <= histogramOf(sentToEvent).maxMs);
  deepStrictEqual(errors, { "chunks without an event": 1 });
});

function deviceOfUrl(port: number, device: DayDevice): LoadDevice {
  const connection = connectTo(port);
  const sets = new UnsentSets(device);
  sets.clear();
  return new LoadDevice({ device, sets, token: "t", connection, host: "h" });
}
