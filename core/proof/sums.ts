/**
 * Layer 5. `SHA256SUMS`: a digest of every file, in the form that `sha256sum -c` reads.
 *
 * It names what was damaged on its way, the manifest included, and proves nothing against anybody who can
 * write a file: that is what leaves are for.
 *
 * @module
 */

import { formatHex } from "../bytes/mod.ts";
import { type BundleSource, FrontToBack, readWhole } from "./bundle_source.ts";
import { BUNDLE_FILES } from "./manifest.ts";
import type { VerdictBuilder } from "./verdict.ts";

/** SHA-256 over parts, for files that do not fit into memory. */
export interface Sha256Stream {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

const LINE = /^([0-9a-f]{64}) {2}([^\n]+)$/;
const SUMS_BYTES_MAX = 16 * 1024 * 1024;
const PART_BYTES = 1024 * 1024;

/** The text of the file: a line for each path, in their order. */
export function formatSums(sums: Iterable<readonly [path: string, sha256: Uint8Array]>): string {
  return [...sums].map(([path, sha256]) => `${formatHex(sha256)}  ${path}\n`).join("");
}

/** What was read of each file, by path. */
export type FileSums = ReadonlyMap<
  string,
  { readonly sha256: Uint8Array; readonly byteLength: number }
>;

/**
 * Compares every file with its line, and finds those without one.
 *
 * @returns Digests as they were computed, of files that have a line.
 */
export async function verifySums(
  source: BundleSource,
  startSha256: () => Sha256Stream,
  result: VerdictBuilder,
): Promise<FileSums> {
  const sums = new Map<string, { sha256: Uint8Array; byteLength: number }>();
  const bytes = source.open(BUNDLE_FILES.sums);
  if (bytes === undefined) {
    result.find("file-missing", "", { file: BUNDLE_FILES.sums });
    return sums;
  }
  const whole = await readWhole(bytes, BUNDLE_FILES.sums, SUMS_BYTES_MAX);
  const listed = new Set<string>([BUNDLE_FILES.sums]);
  const lines = new TextDecoder().decode(whole).split("\n");
  if (lines.pop() !== "") {
    result.find("file-differs", "no whole last line", { file: BUNDLE_FILES.sums });
  }
  for (const line of lines) {
    const [, sum, file] = LINE.exec(line) ?? [];
    if (sum === undefined || file === undefined || listed.has(file)) {
      result.find("file-differs", "a line that is none", { file: BUNDLE_FILES.sums });
      continue;
    }
    listed.add(file);
    const content = source.open(file);
    if (content === undefined) {
      result.find("file-missing", "", { file });
      continue;
    }
    const hash = startSha256();
    const reader = new FrontToBack(content, file);
    while (reader.remaining > 0) {
      hash.update(await reader.take(Math.min(reader.remaining, PART_BYTES)));
    }
    const sha256 = hash.digest();
    sums.set(file, { sha256, byteLength: content.byteLength });
    if (formatHex(sha256) !== sum) result.find("file-differs", "", { file });
  }
  for (const file of source.paths) {
    if (!listed.has(file)) result.find("file-unlisted", "", { file });
  }
  return sums;
}
