/**
 * Bench, page. A results file as one HTML page that needs nothing else: bounds, curves, all rows.
 *
 * @module
 */

import type { Report } from "../report.ts";
import type { Row } from "../rows.ts";
import { display } from "../table.ts";
import { boundsSvg, curveSvg, escapeHtml } from "./plots.ts";

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1c2024; --faint: #667; --grid: #e3e6ea;
  --met: #2b8a57; --missed: #c2410c; --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7;
  --c4: #8a6d00; --c5: #56b4e9; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --text: #e6e8ea; --faint: #9aa3ab;
  --grid: #2a2f35; --met: #4cc38a; --missed: #ff8b4d; --c0: #5cb3ff; --c1: #ff9d5c; --c2: #45d0a8;
  --c3: #e6a3cb; --c4: #e3c34d; --c5: #9ad8ff; } }
body { margin: 0 auto; max-width: 74rem; padding: 1.5rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: .95rem; margin: 0 0 .25rem; font-weight: 600; }
p, .facts { color: var(--faint); margin: .25rem 0; max-width: 60rem; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } svg { width: 100%; height: auto; display: block; overflow: visible; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
.axes line { stroke: var(--grid); } .axes text { fill: var(--faint); font-size: 11px; }
.line polyline { fill: none; stroke-width: 2; } .line circle { stroke: var(--ground); }
.c0 { --own: var(--c0) } .c1 { --own: var(--c1) } .c2 { --own: var(--c2) } .c3 { --own: var(--c3) }
.c4 { --own: var(--c4) } .c5 { --own: var(--c5) }
.line polyline { stroke: var(--own); } .line circle, .line text { fill: var(--own); }
.must line, line.bound { stroke: var(--missed); stroke-dasharray: 5 4; } .must text { fill: var(--missed); }
.bar rect { rx: 2px; } .met rect { fill: var(--met); } .missed rect { fill: var(--missed); }
.missed .value { font-weight: 600; } .bound-label { fill: var(--faint) !important; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; } th { color: var(--faint); font-weight: 600; }
td.met { color: var(--met); } td.missed { color: var(--missed); font-weight: 600; }
.wide { overflow-x: auto; }
`;

/** The page of a report. */
export function resultsPage(report: Report): string {
  const bounded = report.rows.filter(({ must }) => must !== null);
  const missed = bounded.filter(({ met }) => !met).length;
  const facts = `${report.cpu}, ${report.cores} cores, ${Math.round(report.memory_gib)} GiB, ` +
    `${report.os}; Deno ${report.deno}, PostgreSQL ${report.postgres}; commit ${report.commit}; ` +
    `workload ${report.workload}${report.only === null ? "" : `, only "${report.only}"`}; ` +
    `${display(report.elapsed_seconds)} s`;
  return [
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>Wavekeep: what it costs, ${
      report.date.slice(0, 10)
    }</title><style>${STYLE}</style></head>`,
    `<body><h1>What it costs</h1><p class="facts">${escapeHtml(report.date)} · ${
      escapeHtml(facts)
    }</p>`,
    ...(bounded.length === 0 ? [] : [
      `<h2>Bounds</h2><p>${bounded.length - missed} of ${bounded.length} kept. The axis is ` +
      `logarithmic: how much of each bound is used.</p>`,
      `<figure>${boundsSvg(bounded)}</figure>`,
    ]),
    ...(report.curves === undefined ? [] : [
      `<h2>Curves</h2><div class="curves">`,
      ...report.curves.map((curve) =>
        `<figure><h3>${escapeHtml(curve.name)}</h3>${curveSvg(curve)}</figure>`
      ),
      `</div>`,
    ]),
    `<h2>All rows</h2><p>Better: how many times better than the baseline of the same run; above 1 is ` +
    `better, whichever way the unit goes.</p><div class="wide"><table>`,
    `<tr><th>Row</th><th>Wavekeep</th><th>Baseline</th><th>Better</th><th>Must</th><th></th></tr>`,
    ...report.rows.map(tableRow),
    `</table></div></body></html>\n`,
  ].join("\n");
}

function tableRow(row: Row): string {
  const verdict = row.met === null
    ? `<td></td>`
    : row.met
    ? `<td class="met">met</td>`
    : `<td class="missed">missed</td>`;
  return `<tr><td>${escapeHtml(row.name)}</td><td>${display(row.value)} ${row.unit}</td>` +
    `<td>${row.baseline === null ? "" : `${display(row.baseline)} ${row.unit}`}</td>` +
    `<td>${row.ratio === null ? "" : `${display(row.ratio)} ×`}</td>` +
    `<td>${row.must === null ? "" : `${display(row.must)} ${row.unit}`}</td>${verdict}</tr>`;
}
