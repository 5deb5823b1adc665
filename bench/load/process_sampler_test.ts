import { ok, strictEqual } from "node:assert/strict";
import { memoryMb, processorMs, ProcessSampler } from "./process_sampler.ts";

Deno.test("processorMs() and memoryMb() are those of a process", () => {
  const before = processorMs(Deno.pid);
  const untilMs = performance.now() + 120;
  while (performance.now() < untilMs);
  const spentMs = processorMs(Deno.pid) - before;
  ok(spentMs >= 20, `${spentMs} ms`);
  const { resident, peak } = memoryMb(Deno.pid);
  ok(Math.abs(resident - Deno.memoryUsage().rss / 1e6) < 200, `${resident} MB`);
  ok(peak > 10 && resident > 10);
});

Deno.test("memoryMb() and processorMs() of a parent count its children", async () => {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", "sleep 30 & read -r _; kill $!"],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  try {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ok(memoryMb(child.pid).resident > 0);
  } finally {
    await child.stdin.close();
    await child.status;
  }
  strictEqual(memoryMb(child.pid).resident, 0);
  strictEqual(processorMs(child.pid), 0);
});

Deno.test("ProcessSampler counts processor time between begin and end", () => {
  using sampler = new ProcessSampler({ self: Deno.pid }, 10_000);
  const spin = () => {
    const untilMs = performance.now() + 100;
    while (performance.now() < untilMs);
  };
  spin();
  sampler.begin();
  sampler.end();
  spin();
  const { self } = sampler.usage();
  ok(self!.processorMs <= 20, `${self!.processorMs} ms`);
  ok(self!.peakMb >= self!.residentMb * 0.5);
});
