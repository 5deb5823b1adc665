/**
 * What a power cut leaves of SQLite's last write: a page that is half there.
 *
 * A process that is killed tears nothing, since the system still has what it wrote; a power cut does. Nothing that was
 * synchronised may change, so this looks up where the last commit of the write-ahead log ends and spoils only what
 * lies behind it, or pages of the database that the log still has whole.
 *
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 * @module
 */

import { existsSync } from "node:fs";
import type { Prng } from "./prng.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** What was torn. */
export type Tear =
  | "nothing"
  | "a frame of garbage"
  | "a frame that stops"
  | "a page of the database";

/** Tears the last page of a database that no process has open, as a power cut might. */
export async function tearLastPage(path: string, random: Prng): Promise<Tear> {
  const wal = `${path}-wal`;
  if (!existsSync(wal)) return "nothing";
  const bytes = await Deno.readFile(wal);
  if (bytes.byteLength < HEADER_BYTES) return "nothing";
  const { end, pageBytes, pages } = committed(bytes);
  const view = new DataView(bytes.buffer);
  switch (random.below(4)) {
    case 0: {
      // The next frame never got more than some of its bytes there, and they are not what was meant.
      const torn = random.bytes(1 + random.below(FRAME_HEADER_BYTES + pageBytes));
      await writeAt(wal, end, torn);
      return "a frame of garbage";
    }
    case 1: {
      // A frame whose head is right, and whose page stops somewhere.
      const frame = new Uint8Array(FRAME_HEADER_BYTES + 1 + random.below(pageBytes));
      const head = new DataView(frame.buffer);
      head.setUint32(0, 1 + random.below(40));
      head.setUint32(4, 41);
      head.setUint32(8, view.getUint32(16));
      head.setUint32(12, view.getUint32(20));
      frame.set(random.bytes(frame.byteLength - FRAME_HEADER_BYTES), FRAME_HEADER_BYTES);
      await writeAt(wal, end, frame);
      return "a frame that stops";
    }
    case 2: {
      // Power went while a checkpoint copied this page; the log has it whole.
      const page = pages.filter((number) => number > 1).at(-1);
      if (page === undefined) return "nothing";
      const size = (await Deno.stat(path)).size;
      const offset = (page - 1) * pageBytes + pageBytes / 2;
      if (offset + pageBytes / 2 > size) return "nothing";
      await writeAt(path, offset, random.bytes(pageBytes / 2));
      return "a page of the database";
    }
    default:
      return "nothing";
  }
}

/** Where the last commit of a log ends, and the pages that it has whole. */
function committed(bytes: Uint8Array): { end: number; pageBytes: number; pages: number[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = view.getUint32(0) === 0x377f0682;
  const pageBytes = view.getUint32(8);
  let sums = checksum(view, 0, HEADER_BYTES - 8, [0, 0], isLittle);
  let end = HEADER_BYTES;
  const pages = new Set<number>();
  const pending: number[] = [];
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let at = HEADER_BYTES; at + frameBytes <= bytes.byteLength; at += frameBytes) {
    const isSalted = view.getUint32(at + 8) === view.getUint32(16) &&
      view.getUint32(at + 12) === view.getUint32(20);
    sums = checksum(view, at, 8, sums, isLittle);
    sums = checksum(view, at + FRAME_HEADER_BYTES, pageBytes, sums, isLittle);
    const isWhole = sums[0] === view.getUint32(at + 16) && sums[1] === view.getUint32(at + 20);
    if (!isSalted || !isWhole) break;
    pending.push(view.getUint32(at));
    if (view.getUint32(at + 4) === 0) continue;
    for (const page of pending.splice(0)) pages.add(page);
    end = at + frameBytes;
  }
  return { end, pageBytes, pages: [...pages] };
}

function checksum(
  view: DataView,
  offset: number,
  byteLength: number,
  [first, second]: readonly [number, number],
  isLittle: boolean,
): [number, number] {
  let [a, b] = [first, second];
  for (let at = offset; at < offset + byteLength; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}

async function writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
}
