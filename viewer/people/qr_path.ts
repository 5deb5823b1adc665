/**
 * Text as a QR code: the path of an SVG, one unit a module, quiet zone included.
 *
 * @module
 */

import { encode } from "uqr";

/** A code's picture: `path` for a square of `size` units. */
export interface QrPicture {
  readonly size: number;
  readonly path: string;
}

/**
 * Draws a text.
 *
 * @example
 * ```ts
 * import { match, strictEqual } from "node:assert/strict";
 * import { qrPath } from "./qr_path.ts";
 *
 * const { size, path } = qrPath("otpauth://totp/Wavekeep:anna?secret=JBSWY3DPEHPK3PXP");
 * strictEqual((size - 17 - 8) % 4, 0);
 * match(path, /^(M\d+ \d+h\d+v1h-\d+z)+$/);
 * ```
 */
export function qrPath(text: string): QrPicture {
  const { size, data } = encode(text, { ecc: "M", border: 4 });
  const runs: string[] = [];
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const start = x;
      while (x < size && row[x]) x++;
      runs.push(`M${start} ${y}h${x - start}v1h-${x - start}z`);
    }
  }
  return { size, path: runs.join("") };
}
