/**
 * Bench, page. Pictures as SVG text: curves over common axes, and bars against a bound.
 *
 * Colours are classes, so that the page's style decides them for light and for dark.
 *
 * @module
 */

import type { Curve } from "../curves.ts";
import type { Row } from "../rows.ts";
import { display } from "../table.ts";
import { type Scale, scaleOf } from "./scale.ts";

const WIDTH = 560;
const HEIGHT = 300;
const MARGIN = { top: 14, right: 120, bottom: 46, left: 62 } as const;
const PLOT = {
  width: WIDTH - MARGIN.left - MARGIN.right,
  height: HEIGHT - MARGIN.top - MARGIN.bottom,
} as const;

/** How many lines have a colour of their own; more begin again. */
const COLOURS = 6;

const LABEL_HEIGHT = 14;

/** One curve as a picture, with a label at the end of each line. */
export function curveSvg(curve: Curve): string {
  const points = curve.lines.flatMap((line) => line.points);
  const x = scaleOf(curve.x.scale, points.map(([value]) => value));
  const bound = curve.must === null ? [] : [curve.must];
  const y = scaleOf(curve.y.scale, [...points.map(([, value]) => value), ...bound]);
  const at = ([px, py]: readonly [number, number]): [number, number] => [
    MARGIN.left + x.place(px) * PLOT.width,
    MARGIN.top + (1 - y.place(py)) * PLOT.height,
  ];
  const labels = spread(
    curve.lines.map((line) => at(line.points.at(-1)!)[1]),
    MARGIN.top + PLOT.height,
  );
  return svg(WIDTH, HEIGHT, curve.name, [
    axes(curve, x, y),
    ...(curve.must === null ? [] : [boundLine(curve.must, y)]),
    ...curve.lines.map((line, i) => {
      const places = line.points.map(at);
      const [endX] = places.at(-1)!;
      const path = places.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
      return `<g class="line c${i % COLOURS}"><polyline points="${path}"/>` +
        places.map(([px, py], k) =>
          `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3">${
            title(`${line.name}: ${display(line.points[k]![0])}, ${display(line.points[k]![1])}`)
          }</circle>`
        ).join("") +
        `<text x="${(endX + 8).toFixed(1)}" y="${(labels[i]! + 4).toFixed(1)}">${
          escapeHtml(line.name)
        }</text></g>`;
    }),
  ]);
}

const BAR = { width: 1060, height: 24, thickness: 12, names: 500, values: 180 } as const;

/**
 * Rows with a bound as bars: how much of the bound is used, on a logarithmic axis, whichever way the unit
 * goes. What ends left of the line keeps it.
 */
export function boundsSvg(rows: readonly Row[]): string {
  const shares = rows.map(usedShare);
  const scale = scaleOf("log", [...shares, 0.1, 2]);
  const width = BAR.width - BAR.names - BAR.values;
  const height = rows.length * BAR.height + 24;
  const line = (BAR.names + scale.place(1) * width).toFixed(1);
  return svg(BAR.width, height, "Rows with a bound, as a share of it", [
    ...rows.map((row, i) => {
      const y = i * BAR.height + 4;
      const length = Math.max(2, scale.place(shares[i]!) * width);
      const bound = `${isHigherBetter(row) ? "at least" : "at most"} ${display(row.must!)}`;
      const value = `${display(row.value)} ${row.unit}, ${bound}`;
      return `<g class="bar ${row.met ? "met" : "missed"}">${title(`${row.name}: ${value}`)}` +
        `<text x="${BAR.names - 10}" y="${y + 10}" text-anchor="end">${
          escapeHtml(row.name)
        }</text>` +
        `<rect x="${BAR.names}" y="${y}" width="${length.toFixed(1)}" height="${BAR.thickness}"/>` +
        `<text class="value" x="${BAR.width - BAR.values + 12}" y="${y + 10}">${
          escapeHtml(value)
        }</text></g>`;
    }),
    `<line class="bound" x1="${line}" x2="${line}" y1="0" y2="${height - 20}"/>`,
    `<text class="bound-label" x="${line}" y="${
      height - 6
    }" text-anchor="middle">the bound: left of it is kept</text>`,
  ]);
}

/** Value over bound, or bound over value where higher is better: at most 1 when the bound is kept. */
function usedShare(row: Row): number {
  const must = row.must!;
  if (row.value === must) return 1;
  // A bound of zero is kept by zero alone.
  if (must === 0) return 10;
  return isHigherBetter(row) ? must / row.value : row.value / must;
}

/** A speed's bound is a least value; for the rest it follows from whether the bound is kept. */
function isHigherBetter(row: Row): boolean {
  if (row.unit.endsWith("/s")) return true;
  return row.met ? row.value > row.must! : row.value < row.must!;
}

function axes(curve: Curve, x: Scale, y: Scale): string {
  const bottom = MARGIN.top + PLOT.height;
  const vertical = y.ticks.map(({ value, label }) => {
    const py = (MARGIN.top + (1 - y.place(value)) * PLOT.height).toFixed(1);
    return `<line x1="${MARGIN.left}" x2="${MARGIN.left + PLOT.width}" y1="${py}" y2="${py}"/>` +
      `<text x="${MARGIN.left - 6}" y="${py}" dy="4" text-anchor="end">${label}</text>`;
  });
  const horizontal = x.ticks.map(({ value, label }) => {
    const px = (MARGIN.left + x.place(value) * PLOT.width).toFixed(1);
    return `<line x1="${px}" x2="${px}" y1="${MARGIN.top}" y2="${bottom}"/>` +
      `<text x="${px}" y="${bottom + 16}" text-anchor="middle">${label}</text>`;
  });
  return `<g class="axes">${vertical.join("")}${horizontal.join("")}` +
    `<text x="${MARGIN.left + PLOT.width / 2}" y="${HEIGHT - 8}" text-anchor="middle">${
      escapeHtml(curve.x.label)
    }</text>` +
    `<text transform="translate(14 ${
      MARGIN.top + PLOT.height / 2
    }) rotate(-90)" text-anchor="middle">${escapeHtml(curve.y.label)}</text></g>`;
}

function boundLine(must: number, y: Scale): string {
  const py = (MARGIN.top + (1 - y.place(must)) * PLOT.height).toFixed(1);
  return `<g class="must"><line x1="${MARGIN.left}" x2="${
    MARGIN.left + PLOT.width
  }" y1="${py}" y2="${py}"/><text x="${MARGIN.left + 4}" y="${py}" dy="-4">must ${
    display(must)
  }</text></g>`;
}

/** Heights of labels that would lie on each other, moved apart; in the order that was given. */
function spread(heights: readonly number[], bottom: number): number[] {
  const order = heights.map((height, index) => ({ height, index }))
    .sort((a, b) => a.height - b.height);
  for (let i = 1; i < order.length; i++) {
    order[i]!.height = Math.max(order[i]!.height, order[i - 1]!.height + LABEL_HEIGHT);
  }
  // What was pushed below the picture pushes back.
  let limit = bottom;
  for (const place of order.toReversed()) {
    place.height = Math.min(place.height, limit);
    limit = place.height - LABEL_HEIGHT;
  }
  return order.sort((a, b) => a.index - b.index).map(({ height }) => height);
}

function svg(width: number, height: number, name: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(name)}">${
    parts.join("")
  }</svg>`;
}

function title(text: string): string {
  return `<title>${escapeHtml(text)}</title>`;
}

/** Text as HTML and SVG show it. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
