/**
 * Epochs above the page: a border where each begins, its number and its sleep stage.
 *
 * @module
 */

import { epochsOfPage } from "./epochs.ts";
import { font } from "./layout.ts";
import type { OverlayPainter } from "./overlay.ts";
import { xOf } from "./time_scale.ts";

/** Paints borders and numbers; the stage's letters where somebody has scored the epoch. */
export const drawEpochs: OverlayPainter = (surface, { layout, time, theme, model, page }) => {
  const { plot, size: { scale } } = layout;
  const viewport = { start: page.start, seconds: page.seconds, end: model.endSeconds };
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  for (const { number, start, stage } of epochsOfPage(model.marks, viewport)) {
    const x = xOf(time, Math.max(start, page.start));
    const isCut = start < page.start;
    surface.strokeStyle = theme.ink;
    surface.lineWidth = 2 * scale;
    surface.setLineDash([]);
    surface.beginPath();
    if (!isCut) {
      surface.moveTo(Math.round(x), plot.y);
      surface.lineTo(Math.round(x), plot.y + plot.height);
    }
    surface.stroke();
    const name = `Epoch ${number}`;
    surface.font = font(layout, 11, 500);
    const nameWidth = surface.measureText(name).width;
    surface.font = font(layout, 15, 700);
    const stageWidth = stage === "" ? 0 : surface.measureText(stage).width + 8 * scale;
    const height = 22 * scale;
    const top = plot.y + plot.height - height;
    // The lowest trace is still seen behind it.
    surface.fillStyle = `${theme.paper}99`;
    surface.fillRect(x + scale, top, nameWidth + stageWidth + 14 * scale, height);
    surface.fillStyle = theme.ink;
    if (stage !== "") surface.fillText(stage, x + 7 * scale, top + height / 2);
    surface.font = font(layout, 11, 500);
    surface.fillStyle = theme.mutedInk;
    surface.fillText(name, x + 7 * scale + stageWidth, top + height / 2 + scale);
  }
};
