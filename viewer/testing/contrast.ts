/**
 * Contrast of colours by the formula of WCAG 2.2, for tests.
 *
 * @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 * @module
 */

/** Red, green, blue 0 to 255, and how opaque, 0 to 1. */
export type Colour = readonly [number, number, number, number];

/** Reads `#rgb`, `#rrggbb` and `rgb()` or `rgba()` with commas or spaces. */
export function parseColour(text: string): Colour {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (hex !== undefined) {
    const digits = hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g)!;
    const [red, green, blue] = digits.map((pair) => parseInt(pair, 16));
    return [red!, green!, blue!, 1];
  }
  const numbers = /^rgba?\(([^)]*)\)$/.exec(text.trim())?.[1]?.match(/[\d.]+%?/g);
  if (numbers === undefined || numbers === null || numbers.length < 3) {
    throw new Error(`Cannot read colour ${text}`);
  }
  const [red, green, blue, alpha] = numbers.map((part) =>
    part.endsWith("%") ? Number(part.slice(0, -1)) / 100 : Number(part)
  );
  return [red!, green!, blue!, alpha ?? 1];
}

/** A colour laid over an opaque one. */
export function over(top: Colour, ground: Colour): Colour {
  const mix = (i: 0 | 1 | 2) => top[i] * top[3] + ground[i] * (1 - top[3]);
  return [mix(0), mix(1), mix(2), 1];
}

/** From 1, the same, to 21, black on white. Of opaque colours. */
export function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
