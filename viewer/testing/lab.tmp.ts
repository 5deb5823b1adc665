import { launchChromium } from "./launch_chromium.ts";
const [url, kind = "page", n = "30", trace, scale = "1"] = Deno.args;
const launched = await launchChromium();
try {
  const context = await launched.browser.newContext({
    viewport: { width: 1920, height: 1080 },
    deviceScaleFactor: Number(scale),
  });
  const page = await context.newPage();
  page.on("console", (m) => {
    if (m.text().startsWith("LAB")) console.log(m.text());
  });
  page.on("pageerror", (e) => console.log("PAGEERROR", e.message));
  await page.goto(url!);
  await page.locator("canvas[data-start]").waitFor({ timeout: 30000 });
  await page.waitForTimeout(1500);
  const read = () =>
    page.evaluate(() => {
      const e = performance.getEntriesByType("measure") as PerformanceMeasure[];
      performance.clearMeasures();
      return e.map(({ name, duration, detail }) => ({ name, ms: duration, ...detail }));
    });
  console.log(
    JSON.stringify(await read()),
    await page.locator("canvas[data-start]").evaluate((c: any) => `${c.width}x${c.height}`),
    await page.locator(".truth").innerText().then((t) => /Renderer\s*\n?(.*)/.exec(t)?.[1]),
  );
  await page.locator(".plot").focus();
  const rounds: Record<string, string[]> = {
    page: ["PageDown", "PageDown", "PageUp", "PageUp"],
    turn: ["PageDown"],
    sens: ["ArrowUp", "ArrowDown"],
    montage: ["2", "1"],
    filter: ["h"],
    event: ["n", "n", "p", "p"],
  };
  const go = async (keys: string[], count: number) => {
    for (let i = 0; i < count; i++) {
      await page.keyboard.press(keys[i % keys.length]!);
      await page.waitForTimeout(200 + (i * 7) % 17);
    }
  };
  const coldGo = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await page.evaluate((at) => {
        const el = document.querySelector<HTMLInputElement>("#position")!;
        el.value = String(Math.floor(at * Number(el.max) / 10) * 10);
        el.dispatchEvent(new Event("input", { bubbles: true }));
      }, (0.1 + i * 0.618034) % 1);
      await page.waitForTimeout(700);
    }
  };
  for (const k of kind.split(",")) {
    const run = (c: number) => k === "cold" ? coldGo(c) : go(rounds[k]!, c);
    await run(8);
    await read();
    if (trace) {
      await launched.browser.startTracing(page, {
        path: trace,
        categories: [
          "devtools.timeline",
          "v8.execute",
          "blink.user_timing",
          "cc",
          "viz",
          "disabled-by-default-v8.cpu_profiler",
          "disabled-by-default-devtools.timeline",
          "blink",
          "input",
          "loading",
          "toplevel",
        ],
      });
    }
    await run(Number(n));
    if (trace) await launched.browser.stopTracing();
    const groups = new Map<string, number[]>();
    for (const { name, ms, cached } of await read() as any[]) {
      const key = `${k} ${name} ${cached ? "cached" : "cold"}`;
      groups.set(key, [...groups.get(key) ?? [], ms]);
    }
    for (const [key, t] of groups) {
      t.sort((a, b) => a - b);
      const at = (s: number) => t[Math.min(t.length - 1, Math.floor(t.length * s))]!.toFixed(1);
      console.log(key.padEnd(30), t.length, at(0), at(.5), at(.95), at(1));
    }
  }
} finally {
  await launched.close();
}
