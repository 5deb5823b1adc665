/**
 * Layer 6. SHA-256's compression function as WebAssembly, put together when it is first wanted.
 *
 * Sole owner of that module's bytes. Sixteen rounds written out one behind the other, four times round, with
 * state and schedule in locals: an engine keeps them in registers, needs no bounds for them, and rotates in
 * one instruction (core/decisions/0036). Loops that generate the code are shorter than what they generate.
 * Sixty-four rounds written out would be no faster, and take three megabytes more to compile.
 *
 * @see FIPS 180-4 sections 4.1.2, 4.2.2, 5.3.3 and 6.2.2; WebAssembly, "Binary Format"
 * @module
 */

/** Where the module reads blocks: from 0 on. Where it leaves the digest, 32 bytes: here. */
export const DIGEST_AT = 4096;

/** What the module exports. */
export interface Sha256Module {
  readonly memory: WebAssembly.Memory;
  /** Digests `blockCount` blocks from address 0 on: padded, big-endian as the standard has them. */
  digest(blockCount: number): void;
}

/** Compiles the module and makes an instance of it. */
export function sha256Module(): Sha256Module {
  const module = new WebAssembly.Module(moduleBytes());
  return new WebAssembly.Instance(module).exports as unknown as Sha256Module;
}

// Locals: the parameter, the address of the block at hand, eight words of state, eight that a block works
// on, sixteen of its schedule, one for what two sums share, and where the constants of the round are.
const BLOCK_COUNT = 0;
const ADDRESS = 1;
const STATE = 2;
const WORK = 10;
const SCHEDULE = 18;
const SHARED = 34;
const ROUND = 35;
const LOCAL_COUNT = 36;

/** Instructions that are used, by their code. */
const OP = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load: 0x28,
  store: 0x36,
  constant: 0x41,
  isBelow: 0x49,
  add: 0x6a,
  subtract: 0x6b,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shiftRight: 0x76,
  rotateLeft: 0x77,
  rotateRight: 0x78,
} as const;

const I32 = 0x7f;
const NO_RESULT = 0x40;
const BLOCK_BYTES = 64;
/** Constants of sixteen rounds. */
const ROUNDS_BYTES = 64;
/** Where all sixty-four lie. */
const CONSTANTS_AT = DIGEST_AT + 32;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const code = new Code();
  writeDigest(code);
  const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
  const exports = [2, ...text("memory"), 0x02, 0, ...text("digest"), 0x00, 0];
  // One body, of the function's locals and its code; the sizes in front count what follows them.
  const locals = [1, LOCAL_COUNT - 1, I32];
  const constants = [...unsigned(4 * ROUNDS_BYTES), ...littleEndian(fractions(64, Math.cbrt))];
  const body = [...unsigned(locals.length + code.bytes.length), ...locals];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x00, 1]),
    ...section(7, exports),
    ...[10, ...unsigned(1 + body.length + code.bytes.length), 1, ...body],
    ...code.bytes,
    ...section(11, [1, 0, ...new Code().constant(CONSTANTS_AT).do(OP.end).bytes, ...constants]),
  ]);
}

/** Instructions one behind the other. */
class Code {
  readonly bytes: number[] = [];

  /** Instructions without operands, or their bytes. */
  do(...codes: readonly number[]): this {
    for (const code of codes) this.bytes.push(code);
    return this;
  }

  get(local: number): this {
    return this.do(OP.get, local);
  }

  set(local: number): this {
    return this.do(OP.set, local);
  }

  /** LEB128 in two's complement. */
  constant(value: number): this {
    this.bytes.push(OP.constant);
    for (; value < -64 || value >= 64; value >>= 7) this.bytes.push(value & 127 | 128);
    this.bytes.push(value & 127);
    return this;
  }

  /** Loads or stores `offset` bytes beyond the address; alignment to four bytes. */
  memory(instruction: number, offset: number): this {
    return this.do(instruction, 2, ...unsigned(offset));
  }

  /** A word turned right by each of two or three counts, all of them added bit by bit. */
  turns(local: number, ...counts: readonly number[]): this {
    for (const [i, count] of counts.entries()) {
      this.get(local).constant(count).do(OP.rotateRight);
      if (i > 0) this.do(OP.xor);
    }
    return this;
  }

  /** The word in SHARED with its four bytes in the opposite order; memory has the least one first. */
  reversed(): this {
    this.get(SHARED).constant(8).do(OP.rotateLeft).constant(0x00ff00ff).do(OP.and);
    this.get(SHARED).constant(8).do(OP.rotateRight).constant(0xff00ff00 | 0).do(OP.and);
    return this.do(OP.or);
  }
}

function writeDigest(code: Code): void {
  for (const [i, root] of fractions(8, Math.sqrt).entries()) code.constant(root).set(STATE + i);
  code.do(OP.loop, NO_RESULT);
  writeBlock(code);
  code.get(ADDRESS).constant(BLOCK_BYTES).do(OP.add).set(ADDRESS);
  code.get(BLOCK_COUNT).constant(1).do(OP.subtract, OP.tee, BLOCK_COUNT, OP.branchIf, 0, OP.end);
  for (let i = 0; i < 8; i++) {
    code.get(STATE + i).set(SHARED);
    code.constant(0).reversed().memory(OP.store, DIGEST_AT + 4 * i);
  }
  code.do(OP.end);
}

/** One block; the letters are those of the standard. */
function writeBlock(code: Code): void {
  for (let i = 0; i < 16; i++) {
    code.get(ADDRESS).memory(OP.load, 4 * i).set(SHARED).reversed().set(SCHEDULE + i);
  }
  for (let i = 0; i < 8; i++) code.get(STATE + i).set(WORK + i);
  code.constant(0).set(ROUND).do(OP.loop, NO_RESULT);
  for (let t = 0; t < 16; t++) {
    // The letters move one place on with each round; here it is the names that move, twice round in 16.
    const letter = (i: number) => WORK + (i - t + 64) % 8;
    const [a, b, c, d] = [letter(0), letter(1), letter(2), letter(3)];
    const [e, f, g, h] = [letter(4), letter(5), letter(6), letter(7)];
    code.get(h).get(SCHEDULE + t).do(OP.add);
    code.get(ROUND).memory(OP.load, CONSTANTS_AT + 4 * t).do(OP.add);
    code.get(g).get(e).get(f).get(g).do(OP.xor, OP.and, OP.xor, OP.add);
    code.turns(e, 6, 11, 25).do(OP.add, OP.tee, SHARED).get(d).do(OP.add).set(d);
    code.get(SHARED).turns(a, 2, 13, 22).do(OP.add);
    code.get(a).get(b).do(OP.and).get(c).get(a).get(b).do(OP.xor, OP.and, OP.xor, OP.add).set(h);
  }
  code.get(ROUND).constant(ROUNDS_BYTES).do(OP.add, OP.tee, ROUND).constant(4 * ROUNDS_BYTES);
  code.do(OP.isBelow, OP.if, NO_RESULT);
  for (let t = 0; t < 16; t++) writeScheduled(code, t);
  code.do(OP.branch, 1, OP.end, OP.end);
  for (let i = 0; i < 8; i++) code.get(STATE + i).get(WORK + i).do(OP.add).set(STATE + i);
}

/** The word of the schedule that is wanted sixteen rounds on, in the place of this one. */
function writeScheduled(code: Code, t: number): void {
  const before = (back: number) => SCHEDULE + (t - back + 16) % 16;
  code.get(before(16));
  code.turns(before(15), 7, 18).get(before(15)).constant(3).do(OP.shiftRight, OP.xor, OP.add);
  code.get(before(7)).do(OP.add);
  code.turns(before(2), 17, 19).get(before(2)).constant(10).do(OP.shiftRight, OP.xor, OP.add);
  code.set(before(16));
}

function littleEndian(words: readonly number[]): number[] {
  return words.flatMap((word) => [word, word >> 8, word >> 16, word >> 24].map((b) => b & 255));
}

function section(id: number, bytes: readonly number[]): number[] {
  return [id, ...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [value & 127 | 128, ...unsigned(value >>> 7)];
}

/** The first 32 bits behind the point of the roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor <= candidate) continue;
    const value = root(candidate);
    found.push(Math.floor((value - Math.floor(value)) * 2 ** 32) | 0);
  }
  return found;
}
