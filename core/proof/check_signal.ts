/**
 * Layer 5. A signal of a file against the channel that it is of: label, unit, calibration.
 *
 * A changed physical maximum is as bad as a changed sample, and so are two labels that were swapped. What
 * eight or sixteen characters cannot hold must be the nearest that they can, and is stated.
 *
 * @module
 */

import { parseDecimal } from "../calibration/mod.ts";
import { type EdfSignal, edfText, fitDecimal } from "../edf/mod.ts";
import { isCoreError } from "../error.ts";
import type { Channel } from "../recording/mod.ts";
import type { DataFile } from "./manifest.ts";
import type { VerifyContext } from "./verify_segments.ts";

const WIDTH = { label: 16, unit: 8, number: 8, prefilter: 80 };

/** Reports what a signal's header says otherwise than its channel. */
export function checkSignal(
  of: {
    readonly file: Extract<DataFile, { form: "edf" }>;
    /** Position among the ordinary signals. */
    readonly signal: number;
    readonly channel: Channel;
    readonly written: EdfSignal;
  },
  { manifest, result }: VerifyContext,
): void {
  const { file, signal, channel, written } = of;
  const place = { file: file.path };
  const differs = (field: string) =>
    result.find("calibration-differs", `${field} of signal ${signal}`, place);
  const texts = [
    ["label", channel.label, written.label, WIDTH.label],
    ["unit", channel.unit, written.unit, WIDTH.unit],
    ["prefilter", channel.prefilter, written.prefilter, WIDTH.prefilter],
  ] as const;
  for (const [field, exact, found, width] of texts) {
    if (edfText(exact, width).trim() !== edfText(found, width).trim()) differs(field);
  }
  const { calibration } = channel;
  if (calibration === null) {
    // A file that was handed in may have numbers that make no line; its descriptor has none then.
    if (!file.is_original || written.calibration !== null) differs("calibration");
    return;
  }
  if (Number(written.digitalMinText) !== calibration.digitalMin) differs("digital minimum");
  if (Number(written.digitalMaxText) !== calibration.digitalMax) differs("digital maximum");
  const numbers = [
    ["physical_min", calibration.physicalMin, written.physicalMinText],
    ["physical_max", calibration.physicalMax, written.physicalMaxText],
  ] as const;
  for (const [field, exact, found] of numbers) {
    if (parseDecimal(exact) === parseDecimal(found.trim())) continue;
    const fit = nearest(exact);
    const stated = manifest.calibration.find((entry) =>
      entry.path === file.path && entry.signal === signal && entry.field === field
    );
    if (
      fit === undefined || fit.text !== found.trim() || stated?.exact !== exact ||
      stated.written !== fit.text || stated.relative_error !== fit.relativeError
    ) {
      differs(field.replace("_", " "));
      continue;
    }
    result.note(
      "calibration-rounded",
      `${field.replace("_", " ")} of signal ${signal} is off by ${
        fit.relativeError.toExponential(2)
      }`,
      place,
    );
  }
}

function nearest(exact: string) {
  try {
    return fitDecimal(exact, WIDTH.number);
  } catch (error) {
    if (!isCoreError(error)) throw error;
    return undefined;
  }
}
