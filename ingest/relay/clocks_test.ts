import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { HeldRequest, SeenState, Spool, SpoolSender } from "@wavekeep/core/spool";
import { createRelayClock } from "./clocks.ts";

const NIGHT = { patientId: "p-1", recordingId: "night-1" };
const NAP = { patientId: "p-2", recordingId: "nap" };
const TEN_MINUTES_MS = 600_000;

/** What ingest said at 12:00 of 21 November 2026, and when by a relay whose battery is dead. */
function answer(
  { askedAtMs, roundTripMs }: { askedAtMs: number; roundTripMs: number },
): SeenState {
  const state = { "as_of": "2026-11-21T12:00:00Z" } as SeenState["state"];
  return { state, askedAtMs, answeredAtMs: askedAtMs + roundTripMs };
}

/** A clock over a spool that writes down what it is given. */
function stage() {
  const held: { number: number; sender: SpoolSender; path: string; observation: unknown }[] = [];
  const numbers = new Map([["p-1", 1], ["p-2", 2]]);
  const spool = {
    recording: ({ patientId }: { patientId: string }) => Promise.resolve(numbers.get(patientId)!),
    holdRequest: (number: number, sender: SpoolSender, { path, body }: HeldRequest) => {
      const { observations: [observation] } = JSON.parse(new TextDecoder().decode(body));
      held.push({ number, sender, path, observation });
      return Promise.resolve("held" as const);
    },
  } as unknown as Spool;
  const time = { ms: 0 };
  const clock = createRelayClock(spool, {
    name: "bedside",
    siteId: 1,
    monotonicMs: () => time.ms,
  });
  return { clock, held, time };
}

Deno.test("createRelayClock() holds the best look of ten minutes, for each recording that chunks came for", async () => {
  const { clock, held } = stage();
  clock.seen(answer({ askedAtMs: 1_000, roundTripMs: 900 }));
  clock.seen(answer({ askedAtMs: 5_000, roundTripMs: 20 }));
  clock.seen(answer({ askedAtMs: 9_000, roundTripMs: 400 }));
  await clock.flush();
  deepStrictEqual(held, [], "nobody records");
  clock.active(NIGHT);
  clock.active(NAP);
  clock.active(NIGHT);
  await clock.flush();
  deepStrictEqual(held.map(({ number, path }) => [number, path]), [
    [1, "/patients/p-1/recordings/night-1/clock-observations"],
    [2, "/patients/p-2/recordings/nap/clock-observations"],
  ]);
  const [{ sender, observation }] = held as [typeof held[0]];
  deepStrictEqual(sender, { siteId: 1, subject: "bedside", keyId: null });
  const { observation_id: _, ...said } = observation as Record<string, unknown>;
  // Of no segment: the relay's own clock, in 1970, in the middle of the shortest round trip.
  deepStrictEqual(said, {
    "segment_id": null,
    "device_time_micros": "5010000",
    "monotonic_ns": "0",
    "reference_time_micros": "1795262400000000",
    reference: "server",
    "uncertainty_micros": "10001",
  });
});

Deno.test("createRelayClock() writes once in ten minutes by a clock that nobody sets, and nothing twice", async () => {
  const { clock, held, time } = stage();
  const look = async () => {
    clock.seen(answer({ askedAtMs: time.ms, roundTripMs: 10 }));
    clock.active(NIGHT);
    await clock.flush();
  };
  await look();
  time.ms = TEN_MINUTES_MS - 1;
  await look();
  strictEqual(held.length, 1);
  time.ms = TEN_MINUTES_MS;
  await look();
  await clock.flush();
  strictEqual(held.length, 2);
  const ids = held.map(({ observation }) =>
    (observation as { observation_id: string }).observation_id
  );
  strictEqual(new Set(ids).size, 2);
});

Deno.test("createRelayClock() says how far the relay's clock is off", () => {
  const { clock } = stage();
  strictEqual(clock.latest, undefined);
  clock.seen(answer({ askedAtMs: Date.UTC(2026, 10, 21, 11), roundTripMs: 2_000 }));
  strictEqual(clock.latest!.offsetMicros, 3_599_000_000);
  strictEqual(clock.latest!.uncertaintyMicros, 1_000_001);
});
