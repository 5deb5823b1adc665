import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { recordingSurface } from "../testing/recording_surface.ts";
import { rendererScenes } from "../testing/renderer_scenes.ts";
import { drawPage } from "./draw_page.ts";
import { baselineOf } from "./layout.ts";
import { Overlay, type OverlayPainter, type PageFrame, placeOf } from "./overlay.ts";
import { xOf } from "./time_scale.ts";

function frameOf(changes: { isOffsetRemoved?: boolean } = {}): PageFrame {
  const { scene } = rendererScenes()[0]!;
  const size = { width: 554, height: 200, scale: 1 };
  const renderer = { draw: () => true };
  return drawPage(recordingSurface(), size, { ...scene, ...changes }, renderer).frame;
}

Deno.test("placeOf() gives back seconds and values that drawPage() put there", () => {
  for (const isOffsetRemoved of [false, true]) {
    const frame = frameOf({ isOffsetRemoved });
    const { layout, time, scales } = frame;
    const scale = scales[1]!;
    const y = baselineOf(layout, 1) + (12 - scale.baseline) * scale.pixelsPerUnit;
    const place = placeOf(frame, xOf(time, 4.25), y)!;
    strictEqual(place.slot, 1);
    strictEqual(Math.round(place.seconds * 1e6), 4_250_000);
    strictEqual(Math.round(place.value * 1e6), 12_000_000);
  }
});

Deno.test("placeOf() knows nothing outside of the plot", () => {
  const frame = frameOf();
  const { plot } = frame.layout;
  strictEqual(placeOf(frame, plot.x - 1, plot.y + 5), undefined);
  strictEqual(placeOf(frame, plot.x + 5, plot.y + plot.height + 1), undefined);
  strictEqual(placeOf(frame, plot.x + plot.width, plot.y + plot.height)?.slot, 1);
});

/** An overlay on a clock of its own, and what it painted. */
function setUp() {
  const waiting: (() => void)[] = [];
  const painted: string[] = [];
  const overlay = new Overlay((callback) => waiting.push(callback));
  overlay.mount((painters, frame) => {
    painted.push("|");
    for (const paint of painters) paint(recordingSurface(), frame);
  });
  const painter = (name: string): OverlayPainter => (_surface, frame) => {
    painted.push(`${name} on ${frame.page.start}`);
  };
  return { overlay, painted, painter, nextFrame: () => waiting.splice(0).forEach((run) => run()) };
}

Deno.test("Overlay paints in order, once for many changes, and never before there is a page", () => {
  const { overlay, painted, painter, nextFrame } = setUp();
  overlay.paint("calipers", 30, painter("calipers"));
  overlay.paint("marks", 10, painter("marks"));
  nextFrame();
  deepStrictEqual(painted, []);
  overlay.show(frameOf());
  deepStrictEqual(painted.splice(0), ["|", "marks on 0", "calipers on 0"]);
  overlay.paint("calipers", 30, painter("longer calipers"));
  overlay.paint("marks", 10, undefined);
  overlay.paint("unknown", 10, undefined);
  nextFrame();
  deepStrictEqual(painted.splice(0), ["|", "longer calipers on 0"]);
  nextFrame();
  deepStrictEqual(painted, []);
});

Deno.test("Overlay paints with the page, and tells who follows it", () => {
  const { overlay, painted, painter, nextFrame } = setUp();
  const seen: (number | undefined)[] = [];
  const stop = overlay.subscribe(() => seen.push(overlay.frame?.page.start));
  overlay.paint("marks", 10, painter("marks"));
  overlay.show(frameOf());
  nextFrame();
  deepStrictEqual(painted, ["|", "marks on 0"]);
  stop();
  overlay.show(frameOf());
  deepStrictEqual(seen, [0]);
});
