/**
 * Layer 4. How many data records a file has.
 *
 * Sole owner of the rule that sizes come from the file: the header may agree or be flagged. No record is
 * counted that is not wholly there, and no leftover is taken for samples.
 *
 * @module
 */

import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { HEADER_FIELDS } from "./field_table.ts";
import type { EdfHeader } from "./header.ts";

export interface RecordPlan {
  /** Whole records that are read. */
  readonly recordCount: number;
  /** Where the bytes after the last record begin, from the start of the file. */
  readonly trailingOffset: number;
  readonly trailingByteLength: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Longest run of filler after the last record that is taken for filler: a page of zeros. */
export const FILLER_BYTES_MAX = 4096;

/** Blank, NUL, line feed, carriage return and the DOS end-of-file mark. */
const FILLER: ReadonlySet<number> = new Set([0x20, 0x00, 0x0a, 0x0d, 0x1a]);

/**
 * Counts the records.
 *
 * @param options.readTail Reads the last `byteLength` bytes of the file; asked for at most
 * {@link FILLER_BYTES_MAX}.
 */
export async function planRecords(options: {
  header: EdfHeader;
  recordByteLength: number;
  fileByteLength: number;
  readTail: (byteLength: number) => Promise<Uint8Array>;
}): Promise<RecordPlan> {
  const { header, recordByteLength, fileByteLength, readTail } = options;
  const bodyByteLength = fileByteLength - header.headerByteLength;
  const declared = header.recordCountDeclared;
  const diagnostics: Diagnostic[] = [];
  const note = (...[code, detail, place]: Parameters<typeof diagnostic>) =>
    diagnostics.push(diagnostic(code, detail, place));
  const finish = (recordCount: number): RecordPlan => {
    if (recordCount === 0) note("no-records", "the file has no data record");
    const end = header.headerByteLength + recordCount * recordByteLength;
    return {
      recordCount,
      trailingOffset: end,
      trailingByteLength: fileByteLength - end,
      diagnostics,
    };
  };

  const wholeCount = recordByteLength === 0 ? 0 : Math.floor(bodyByteLength / recordByteLength);
  const declaredCount = declared === null || declared === -1 ? wholeCount : declared;
  const kept = Math.min(wholeCount, declaredCount);
  const excess = bodyByteLength - kept * recordByteLength;
  const isWhole = excess === 0 || (recordByteLength > 0 && excess % recordByteLength === 0);
  const field = HEADER_FIELDS.recordCount;
  const place = { field: field.name, offset: field.offset };
  const size = `${fileByteLength} bytes hold ${wholeCount} records of ${recordByteLength} bytes`;

  if (isWhole) {
    if (wholeCount < declaredCount && recordByteLength > 0) {
      note("fewer-records-than-header", `${size}, header says ${declaredCount}`, place);
    } else if (wholeCount > declaredCount) {
      note("more-records-than-header", `${size}, header says ${declaredCount}`, place);
    }
    return finish(wholeCount);
  }
  if (kept === declaredCount && await isFiller(excess, readTail)) {
    const offset = fileByteLength - excess;
    note("trailing-bytes", `${excess} bytes of filler follow record ${kept}`, { offset });
    return finish(kept);
  }
  if (declared === -1) {
    note("partial-last-record", `${size} and ${excess} bytes of another`, {
      offset: fileByteLength - excess,
      recordIndex: kept,
    });
    return finish(kept);
  }
  const said = declared === null ? "no count" : `${declared}`;
  note("size-not-whole-records", `${size}, header says ${said}, ${excess} bytes are over`, place);
  return finish(kept);
}

async function isFiller(
  byteLength: number,
  readTail: (byteLength: number) => Promise<Uint8Array>,
): Promise<boolean> {
  if (byteLength > FILLER_BYTES_MAX) return false;
  return (await readTail(byteLength)).every((byte) => FILLER.has(byte));
}
