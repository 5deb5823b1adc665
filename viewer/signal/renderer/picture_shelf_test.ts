import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import type { PictureCanvas } from "../surface.ts";
import { probePage } from "./choose_renderer.ts";
import { PictureShelf } from "./picture_shelf.ts";
import type { Trace, TraceArea } from "./shape_traces.ts";

const SIZE = { width: 40, height: 10 };
const BYTES = SIZE.width * SIZE.height * 4;
const image = SIZE as ImageData;

function setUp(pictures: number) {
  const made: PictureCanvas[] = [];
  const createCanvas = () => {
    const canvas = { width: 0, height: 0, getContext: () => ({ putImageData() {} }) };
    made.push(canvas as unknown as PictureCanvas);
    return made.at(-1)!;
  };
  const shelf = new PictureShelf({ createCanvas, bytesMax: pictures * BYTES });
  return { shelf, made };
}

const page = () => probePage({ ...SIZE, rows: 2 });

Deno.test("PictureShelf finds a picture by equal traces of the same samples", () => {
  const { shelf } = setUp(2);
  const { traces, area } = page();
  const canvas = shelf.put(traces, area, image);
  const again = traces.map((trace) => ({
    ...trace,
    runs: [...trace.runs],
    scale: { ...trace.scale },
  }));
  strictEqual(shelf.find(again, { ...area }), canvas);
});

Deno.test("PictureShelf finds nothing when any member of a trace or the area is another", () => {
  const { shelf } = setUp(2);
  const { traces, area } = page();
  shelf.put(traces, area, image);
  const [first, second] = traces as [Trace, Trace];
  const others: [string, readonly Trace[], TraceArea][] = [
    ["copied samples", page().traces, area],
    ["fewer", [first], area],
    ["order", [second, first], area],
    ["y", [{ ...first, y: first.y + 1e-9 }, second], area],
    ["colour", [{ ...first, colour: "#000000" }, second], area],
    ["no runs", [{ ...first, runs: [] }, second], area],
    ["a member of tomorrow", [{ ...first, clip: 1 } as Trace, second], area],
    ...Object.keys(first.scale).map((key): [string, Trace[], TraceArea] => [
      key,
      [{ ...first, scale: { ...first.scale, [key]: "another" } }, second],
      area,
    ]),
    ...Object.keys(area).map((key): [string, readonly Trace[], TraceArea] => [
      key,
      traces,
      { ...area, [key]: area[key as keyof TraceArea] + 1e-9 },
    ]),
  ];
  for (const [name, otherTraces, otherArea] of others) {
    strictEqual(shelf.find(otherTraces, otherArea), undefined, name);
  }
  notStrictEqual(shelf.find(traces, area), undefined);
});

Deno.test("PictureShelf keeps the pictures used last, within its bytes, on canvases used again", () => {
  const { shelf, made } = setUp(2);
  const pages = [page(), page(), page()];
  const put = (i: number) => shelf.put(pages[i]!.traces, pages[i]!.area, image);
  const has = () => pages.map(({ traces, area }) => shelf.find(traces, area) !== undefined);
  put(0);
  put(1);
  shelf.find(pages[0]!.traces, pages[0]!.area);
  put(2);
  deepStrictEqual(has(), [true, false, true]);
  strictEqual(shelf.byteLength, 2 * BYTES);
  strictEqual(made.length, 2);
  shelf.clear();
  strictEqual(shelf.byteLength, 0);
  deepStrictEqual(made.map(({ width }) => width), [1, 1]);
});

Deno.test("PictureShelf keeps the newest picture whatever its size, and counts its room", () => {
  const { shelf } = setUp(0);
  const { traces, area } = page();
  shelf.put(traces, area, image);
  notStrictEqual(shelf.find(traces, area), undefined);
  strictEqual(shelf.roomFor(SIZE), 1);
  strictEqual(setUp(3).shelf.roomFor(SIZE), 3);
});
