import { strictEqual } from "node:assert/strict";
import { advanceEdge, firstEdge, liveState, STALE_SECONDS } from "./live_status.ts";

const open = (nowMs: number) => ({ status: "open" as const, nowMs });
const streaming = advanceEdge(firstEdge(100, 1, 0), 101, 1000);

Deno.test("liveState() raises the alarm after twelve seconds without a new sample", () => {
  strictEqual(liveState(streaming, open(1000 + 11_999)).kind, "live");
  const stale = liveState(streaming, open(1000 + STALE_SECONDS * 1000));
  strictEqual(`${stale.kind}: ${stale.text}`, "stale: No data for 12 s");
});

Deno.test("liveState() does not take backfill for a living edge", () => {
  const edge = advanceEdge(streaming, 101, 12_500);
  strictEqual(liveState(edge, open(13_500)).kind, "stale");
});

Deno.test("liveState() of a recording that fell silent long ago is no alarm", () => {
  const state = liveState(firstEdge(100, 7200, 0), open(0));
  strictEqual(`${state.kind}: ${state.text}`, "recorded: Open. No data for 2 h");
});

Deno.test("liveState() keeps an alarm while the stream is disconnected", () => {
  const edge = { ...streaming, isConnected: false };
  strictEqual(liveState(edge, open(3000)).kind, "disconnected");
  strictEqual(liveState(edge, open(14_000)).kind, "stale");
});

Deno.test("liveState() of a closed recording is recorded", () => {
  strictEqual(liveState(streaming, { status: "closed", nowMs: 1e9 }).text, "Recorded");
});

Deno.test("liveState() tells a complete recording from an empty one; neither has a silence", () => {
  strictEqual(liveState(firstEdge(30, null, 0), open(0)).text, "Complete");
  strictEqual(liveState(firstEdge(0, null, 0), open(0)).text, "Open, nothing has arrived yet");
});
