/**
 * Faults. What an answer to a chunk means to a device that believes nothing but its own digests.
 *
 * @module
 */

import { IngestResponse, type Receipt } from "@wavekeep/core/wire";
import type { LabChunk } from "./lab_stream.ts";

/** What became of what was sent. */
export type ReadAnswer =
  | {
    readonly kind: "acknowledged";
    /** The last chunk was there before. */
    readonly isRepeat: boolean;
    /** Of the receipt of each chunk that was sent. */
    readonly leafHashes: readonly string[];
  }
  /** 503 or 429: the same bytes again, later. */
  | { readonly kind: "for-now"; readonly saysWhen: boolean }
  /** 408: not all of it was there in time, on a machine that has no time to read. The same bytes again. */
  | { readonly kind: "late" }
  | { readonly kind: "refused"; readonly reason: string };

/** Reads an answer; a receipt counts when it names segment, sequence and digest of what was sent. */
export function readAnswer(
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  { segmentId, sent }: { segmentId: string; sent: readonly LabChunk[] },
): ReadAnswer {
  const { status, headers, text } = answer;
  if (status === 503 || status === 429) {
    return { kind: "for-now", saysWhen: headers.has("retry-after") };
  }
  if (status === 408) return { kind: "late" };
  const refused = (reason: string): ReadAnswer => ({ kind: "refused", reason });
  const parsed = status < 300 ? IngestResponse.safeParse(safeJson(text)) : undefined;
  if (!parsed?.success) return refused(`${status} ${text.slice(0, 300)}`);
  const { results } = parsed.data;
  if (results.length !== sent.length) return refused(`${results.length} outcomes`);
  // Inside a batch each chunk has an answer of its own.
  if (results.some((outcome) => outcome.status === 503)) return { kind: "for-now", saysWhen: true };
  const leafHashes: string[] = [];
  for (const [index, chunk] of sent.entries()) {
    const { status, receipt, problem } = results[index]!;
    if (status > 201 || receipt === undefined) return refused(`${status} ${problem?.title ?? ""}`);
    if (!isOf(receipt, segmentId, chunk)) {
      return refused(`a receipt of something else: ${status} ${JSON.stringify(receipt)}`);
    }
    leafHashes.push(receipt.leaf_hash);
  }
  return { kind: "acknowledged", isRepeat: results.at(-1)!.status === 200, leafHashes };
}

function isOf(receipt: Receipt, segmentId: string, { sequence, digest }: LabChunk): boolean {
  return receipt.segment_id === segmentId && receipt.stream === 0 &&
    receipt.sequence === sequence && receipt.chunk_digest === digest;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
