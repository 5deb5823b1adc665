/**
 * The viridis colours: even in lightness, readable without colour vision, no false edges.
 *
 * @module
 */

/** Nine stops of viridis, dark to light; between them colours are mixed. */
const STOPS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** The colour of `level`, 0 to 1; outside, that of the nearer end. */
export function viridis(level: number): readonly [red: number, green: number, blue: number] {
  const place = Math.min(Math.max(level, 0), 1) * (STOPS.length - 1);
  const index = Math.min(Math.floor(place), STOPS.length - 2);
  const [a, b] = [STOPS[index]!, STOPS[index + 1]!];
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(a[channel] + (b[channel] - a[channel]) * (place - index));
  return [mix(0), mix(1), mix(2)];
}
