import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { ChildSpec } from "./child.ts";
import { supervise, type SupervisorEvent } from "./supervisor.ts";
import { isAlive, waitUntil } from "./testing/started.ts";

const IS_LINUX = Deno.build.os === "linux";

function shell(script: string, more: Partial<ChildSpec> = {}): ChildSpec {
  return {
    name: "child",
    command: "/bin/sh",
    args: ["-c", script],
    env: { "PATH": Deno.env.get("PATH") ?? "" },
    ...more,
  };
}

function watch(spec: ChildSpec) {
  const lines: string[] = [];
  const events: SupervisorEvent[] = [];
  const child = supervise(spec, {
    onLine: (_, line) => lines.push(line),
    onEvent: (_, event) => events.push(event),
  });
  return { child, lines, events };
}

Deno.test({
  name: "supervise() gives lines whole, of both outputs, with no more environment than was given",
  ignore: !IS_LINUX,
  async fn() {
    const { child, lines } = watch(
      shell("printf a; sleep 0.05; echo b; echo c >&2; printf 'é\\nlast'; env | grep -c HOME", {
        finalCodes: [0, 1],
      }),
    );
    await child.ended;
    deepStrictEqual(lines.filter((line) => line !== "c"), ["ab", "é", "last0"]);
    ok(lines.includes("c"));
  },
});

Deno.test({
  name: "supervise() starts a child again when it dies, after a wait",
  ignore: !IS_LINUX,
  async fn() {
    const { child, events } = watch(shell("exit 3"));
    await waitUntil(
      "three starts",
      10_000,
      () => events.filter(({ kind }) => kind === "started").length >= 3,
    );
    await child.stop();
    const died = events.filter((event) => event.kind === "died");
    ok(died.every((event) => event.code === 3 && event.waitMs >= 125));
    strictEqual(child.pid, undefined);
  },
});

Deno.test({
  name: "supervise() lets a child finish with a final code",
  ignore: !IS_LINUX,
  async fn() {
    const { child, events } = watch(shell("exit 2", { finalCodes: [0, 2] }));
    strictEqual(await child.ended, 2);
    deepStrictEqual(events.at(-1), { kind: "finished", code: 2 });
  },
});

Deno.test({
  name: "supervise() stops with SIGTERM, waits for the drain, and leaves nothing",
  ignore: !IS_LINUX,
  async fn() {
    const { child, lines } = watch(
      shell("trap 'sleep 0.2; echo drained; exit 0' TERM; echo up; while :; do sleep 0.05; done"),
    );
    await waitUntil("it is up", 5000, () => lines.includes("up"));
    const pid = child.pid!;
    await Promise.all([child.stop(), child.stop()]);
    ok(lines.includes("drained"));
    ok(!isAlive(pid));
    // The sleep that the signal interrupted ends by itself; what is left may still wait to be reaped.
    for (const deadline = Date.now() + 20_000; await hasLiving(pid);) {
      ok(Date.now() < deadline, "nothing of its group is left");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
});

/** Whether a process of the group is anything but a zombie. */
async function hasLiving(group: number): Promise<boolean> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const [state, , pgid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(pgid) === group && state !== "Z") return true;
  }
  return false;
}
