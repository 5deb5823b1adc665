/**
 * Layer 3. The kernel's one instance in this thread.
 *
 * Sole owner of WebAssembly: it compiles the embedded bytes at first use, synchronously, and answers
 * nothing where WebAssembly or its SIMD is missing or forbidden (an old browser, a content policy without
 * 'wasm-unsafe-eval'). Hazard: memory that grows detaches its views; take them after the last `place`.
 *
 * @module
 */

import { FREQUENCY_TOTAL, getFrequencyTables, SYMBOL_COUNT } from "../residual_models.ts";
import { KERNEL_BASE64 } from "./kernel_wasm.ts";
import { ARENA, ARGUMENTS, CODES, SLOTS, SYMBOLS, WORD_SHUFFLES } from "./layout.ts";
import { type SetImage, setImageBytes, setImageOf } from "./set_image.ts";
import type { ParameterSet } from "../parameter_set.ts";

const PAGE_BYTES = 65_536;
/** Room before and behind every array: a vector load may pass an end. */
const ROOM_BYTES = 64;
/** Calls that would need more than this are the reference's. */
const MEMORY_BYTES_MAX = 2 ** 29;
const ALIGNMENT = 16;

/** What core/codec/kernel/assembly/index.ts exports. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  decode(): number;
  findExtremes(): void;
  predict(): void;
  encodeResiduals(): void;
  covary(
    rows: number,
    stride: number,
    byteLength: number,
    channelCount: number,
    lagCount: number,
    output: number,
  ): void;
  autocorrelate(row: number, byteLength: number, lagCount: number, output: number): void;
  scanRows(samples: number, rowCount: number, sampleCount: number, output: number): void;
  whiten(
    values: number,
    sampleCount: number,
    predictors: number,
    order: number,
    rightShift: number,
    fractionBits: number,
    past: number,
    output: number,
  ): void;
}

/** The kernel: memory to lay arguments out in, and calls. */
export class Kernel {
  readonly call: KernelExports;
  #end = ARENA;
  #image: SetImage | undefined;
  #hasSlots = false;
  #hasSymbols = false;

  #bytes: Uint8Array<ArrayBuffer>;
  #words: Int32Array<ArrayBuffer>;

  constructor(exports: KernelExports) {
    this.call = exports;
    this.#bytes = new Uint8Array(exports.memory.buffer as ArrayBuffer);
    this.#words = new Int32Array(this.#bytes.buffer);
    this.#reserve(ARENA);
    this.bytes.set(wordShuffles(), WORD_SHUFFLES);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  get words(): Int32Array<ArrayBuffer> {
    return this.#words;
  }

  /**
   * Begins a call: everything placed before is forgotten, but the set stays when it is the same.
   *
   * @returns The image and its address; undefined for a set too large to be worth it.
   */
  open(set: ParameterSet): { image: SetImage; address: number } | undefined {
    if (this.#image === undefined || this.#image !== imageOf(set)) {
      const image = imageOf(set);
      if (image === undefined) return undefined;
      this.#end = ARENA;
      this.#image = undefined;
      const address = this.place(image.bytes.byteLength);
      if (!this.isPlaced()) return undefined;
      this.bytes.set(image.bytes, address);
      this.#image = image;
    }
    this.#end = ARENA + this.#image.bytes.byteLength + 2 * ROOM_BYTES;
    return { image: this.#image, address: ARENA + ROOM_BYTES };
  }

  /** Begins a call that needs no set; the one that is there stays. */
  openPlain(): void {
    this.#end = this.#image === undefined
      ? ARENA
      : ARENA + this.#image.bytes.byteLength + 2 * ROOM_BYTES;
  }

  /** Reserves an array of the call at hand; believe the address once {@link isPlaced} has said so. */
  place(byteLength: number): number {
    const address = this.#end + ROOM_BYTES;
    this.#end = (address + byteLength + ROOM_BYTES + ALIGNMENT - 1) & -ALIGNMENT;
    if (this.#end < address) this.#end = MEMORY_BYTES_MAX + 1;
    return address;
  }

  /** Makes memory hold what was placed; false when that is more than allowed. */
  isPlaced(): boolean {
    return this.#end <= MEMORY_BYTES_MAX && this.#reserve(this.#end);
  }

  setArguments(values: Iterable<readonly [offset: number, value: number]>): void {
    const words = this.words;
    for (const [offset, value] of values) words[(ARGUMENTS + offset) >> 2] = value;
  }

  result(offset: number): number {
    return this.words[(ARGUMENTS + offset) >> 2]!;
  }

  /** Tables that decoding looks symbols up in. */
  needSlots(): void {
    if (this.#hasSlots) return;
    const { frequencies, starts } = getFrequencyTables();
    frequencies.forEach((frequency, i) => {
      const symbol = i % SYMBOL_COUNT;
      const first = SLOTS + Math.floor(i / SYMBOL_COUNT) * FREQUENCY_TOTAL + starts[i]!;
      this.bytes.fill(symbol, first, first + frequency);
      this.words[(CODES >> 2) + i] = symbol | frequency << 6 | starts[i]! << 18;
    });
    this.#hasSlots = true;
  }

  /** Tables that encoding looks frequencies up in. */
  needSymbols(): void {
    if (this.#hasSymbols) return;
    const { frequencies, starts } = getFrequencyTables();
    const view = new DataView(this.call.memory.buffer, SYMBOLS);
    frequencies.forEach((frequency, i) => {
      const reciprocal = frequency === 0
        ? 0n
        : (2n ** 44n + BigInt(frequency) - 1n) / BigInt(frequency);
      view.setBigUint64(16 * i, reciprocal, true);
      view.setUint32(16 * i + 8, frequency, true);
      view.setUint32(16 * i + 12, starts[i]!, true);
    });
    this.#hasSymbols = true;
  }

  #reserve(byteLength: number): boolean {
    const { memory } = this.call;
    const missing = byteLength - this.#bytes.byteLength;
    if (missing <= 0) return true;
    try {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
      this.#words = new Int32Array(this.#bytes.buffer);
      return true;
    } catch {
      return false;
    }
  }
}

/** Sets of many small groups blow up in blocks of four; beyond this they are the reference's. */
const IMAGE_BYTES_MAX = 2 ** 22;

function imageOf(set: ParameterSet): SetImage | undefined {
  return setImageBytesOnce(set) > IMAGE_BYTES_MAX ? undefined : setImageOf(set);
}

const imageSizes = new WeakMap<ParameterSet, number>();

function setImageBytesOnce(set: ParameterSet): number {
  let size = imageSizes.get(set);
  if (size === undefined) {
    size = setImageBytes(set);
    imageSizes.set(set, size);
  }
  return size;
}

let kernel: Kernel | null | undefined;

/** The kernel of this thread, or undefined where there can be none. */
export function getKernel(): Kernel | undefined {
  if (kernel === undefined) kernel = instantiate();
  return kernel ?? undefined;
}

/** The same, but never made for this: undefined when nothing was decoded yet. */
export function existingKernel(): Kernel | undefined {
  return kernel ?? undefined;
}

/** Turns the kernel off, so that the reference runs; on again at the next use after `true`. For tests. */
export function allowKernel(isAllowed: boolean): void {
  kernel = isAllowed ? undefined : null;
}

function instantiate(): Kernel | null {
  if (typeof WebAssembly === "undefined") return null;
  try {
    const bytes = Uint8Array.from(atob(KERNEL_BASE64), (letter) => letter.charCodeAt(0));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { abort: () => {} },
    });
    return new Kernel(instance.exports as unknown as KernelExports);
  } catch {
    // No SIMD, or the page's policy forbids compiling: the reference does the work.
    return null;
  }
}

/**
 * For each set of states that wait for a word: where its word is in the eight bytes before the cursor.
 * The first word wanted is the last of them.
 */
function wordShuffles(): Uint8Array {
  const shuffles = new Uint8Array(16 * 16).fill(0x80);
  for (let which = 0; which < 16; which++) {
    let word = 6;
    for (let state = 0; state < 4; state++) {
      if ((which >> state & 1) === 0) continue;
      shuffles[16 * which + 4 * state] = word;
      shuffles[16 * which + 4 * state + 1] = word + 1;
      word -= 2;
    }
  }
  return shuffles;
}
