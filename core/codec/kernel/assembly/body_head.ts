/**
 * AssemblyScript. The bases and scales in front of a body.
 *
 * Sole owner of the scalar bit reader. `position` may run past `end` by at most one code: whoever
 * believes a bit has looked at `hasFailed` or at `position` first.
 */

import {
  argument, BASES, BODY_BIT, CODED_COUNT, PAYLOAD, PAYLOAD_BYTES, SCALES, START_INDEXES,
} from "./layout";

/** The bit to read next, from the payload's start. */
export let position: u64 = 0;
/** Bits of the payload. */
export let end: u64 = 0;
export let hasFailed: bool = false;
let payload: usize = 0;

export function openBody(): void {
  payload = argument(PAYLOAD);
  position = u64(argument(BODY_BIT));
  end = u64(argument(PAYLOAD_BYTES)) * 8;
  hasFailed = false;
}

export function setPosition(value: u64): void {
  position = value;
}

/** The next 0 to 32 bits. */
export function bits(width: u32): u32 {
  if (position + width > end) {
    hasFailed = true;
    return 0;
  }
  if (width == 0) return 0;
  const window = bswap<u64>(load<u64>(payload + usize(position >> 3))) << (position & 7);
  position += width;
  return u32(window >> (64 - u64(width)));
}

@inline
export function unzigzag(code: u32): i32 {
  return i32(code >> 1) ^ -i32(code & 1);
}

function riceCode(k: u32): u32 {
  let quotient: u32 = 0;
  while (quotient < 24 && bits(1) == 0 && !hasFailed) quotient++;
  if (quotient < 24) return (quotient << k) | bits(k);
  const value = bits(32);
  if (value >> k < 24) hasFailed = true;
  return value;
}

/** Reads bases and starting scales; false when the body ends or breaks a rule before they do. */
export function readBodyHead(): bool {
  const count = argument(CODED_COUNT);
  const bases = usize(argument(BASES));
  const scales = usize(argument(SCALES));
  const defaults = usize(argument(START_INDEXES));
  let k = bits(5);
  if (k > 27) return false;
  for (let c = 0; c < count; c++) {
    store<i32>(bases + 4 * usize(c), unzigzag(riceCode(k)));
    if (hasFailed) return false;
  }
  k = bits(3);
  for (let c = 0; c < count; c++) {
    const index = i64(load<i32>(defaults + 4 * usize(c))) + i64(unzigzag(riceCode(k)));
    if (hasFailed || index < 0 || index > 95) return false;
    store<i32>(scales + 4 * usize(c), startScale(i32(index)));
  }
  return !hasFailed;
}

@inline
export function startScale(index: i32): i32 {
  return (4 + (index & 3)) << ((index >> 2) + 3);
}
