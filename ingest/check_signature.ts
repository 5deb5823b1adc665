/**
 * Whether what a device sends is signed as its segment asks: no less, no more, by a key that is good.
 *
 * Sole owner of the refusal of downgrades. Which signatures hold is found elsewhere, with the samples
 * (`verify/`); which chunks a signature covers is core's rule (`signed_runs.ts`).
 *
 * @see core/chunk/FORMAT.md, "Signatures"; core/decisions/0028-device-keys.md
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { uncoveredBySignature } from "@wavekeep/core/chunk";
import { SignatureMismatchError } from "@wavekeep/core/error";
import { ProblemError } from "@wavekeep/core/problem";
import type { CheckedChunk } from "./check_chunk.ts";
import type { IngestDeps } from "./deps.ts";
import { requireGoodKey } from "./device_keys.ts";
import type { Sender, StoredSegment } from "./store/ingest_store.ts";

/**
 * @param options.isInRun The chunk came with others, one of which may cover it: {@link refuseUncovered}
 * has to be asked.
 * @throws {ProblemError} `signature-unexpected`, `signature-required`, `key-revoked`.
 */
export async function requireSigned(
  deps: Pick<IngestDeps, "deviceKeys">,
  { siteId, signing, segmentId }: StoredSegment,
  { isSigned, isInRun }: { readonly isSigned: boolean; readonly isInRun: boolean },
): Promise<void> {
  if (signing === null) {
    if (!isSigned) return;
    throw new ProblemError("signature-unexpected", {
      detail: "The segment is unsigned: there is no key its chunks could be signed with",
      extensions: { "segment_id": formatHex(segmentId) },
    });
  }
  if (!isSigned && !(signing.policy === "run" && isInRun)) throw signatureRequired(segmentId);
  await requireGoodKey(deps.deviceKeys, siteId, signing.keyId);
}

/**
 * A device that has a key opens signed segments only: its credential proves the key, so a segment without
 * would be a downgrade.
 *
 * @throws {ProblemError} `signature-required`.
 */
export function requireSigningSender(sender: Pick<Sender, "keyId">): void {
  if (sender.keyId === undefined) return;
  throw new ProblemError("signature-required", {
    detail: "A device that signs in with its key opens signed segments only",
    extensions: { "key_id": sender.keyId },
  });
}

/** The problem of a signature that does not hold, whatever it is of. */
export function signatureInvalid(what: string): SignatureMismatchError {
  return new SignatureMismatchError(
    `Cannot accept ${what}: its signature is not that of the key it should be under`,
  );
}

/** A chunk of a request after it was checked, or its problem. */
type Checked = CheckedChunk | ProblemError;

/**
 * Refuses the unsigned chunks of runs that no signature of the same request covers.
 *
 * @param checked What became of each chunk of the request so far.
 * @returns The same, in the same order, with a problem for each chunk that stands uncovered.
 */
export function refuseUncovered(checked: readonly Checked[]): Checked[] {
  const judged = [...checked];
  // A repeat inside the request counts only when the first of its kind has gone: that one is stored.
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const stream of firstsByStream(judged)) {
      for (const position of uncoveredBySignature("run", stream.map(toRunChunk))) {
        const { index, chunk } = stream[position]!;
        judged[index] = signatureRequired(chunk.segment.segmentId);
        hasChanged = true;
      }
    }
  }
  return judged;
}

interface Placed {
  readonly index: number;
  readonly chunk: CheckedChunk;
}

/** The first chunk of each place of streams whose segment allows runs. */
function firstsByStream(checked: readonly Checked[]): Placed[][] {
  const streams = new Map<string, Map<number, Placed>>();
  for (const [index, chunk] of checked.entries()) {
    if (chunk instanceof ProblemError || chunk.segment.signing?.policy !== "run") continue;
    const name = `${formatHex(chunk.segment.segmentId)}/${chunk.header.stream}`;
    const stream = streams.get(name) ?? new Map<number, Placed>();
    streams.set(name, stream);
    const { sequence } = chunk.header;
    if (!stream.has(sequence)) stream.set(sequence, { index, chunk });
  }
  return [...streams.values()].map((stream) => [...stream.values()]);
}

function toRunChunk({ chunk: { header, chunkDigest } }: Placed) {
  const { sequence, previousDigest, signed: isSigned } = header;
  return { sequence, chunkDigest, previousDigest, isSigned };
}

/** The problem of a chunk that no signature covers. */
export function signatureRequired(segmentId: Uint8Array): ProblemError {
  return new ProblemError("signature-required", {
    detail:
      "The chunk is neither signed nor followed, in this request, by chunks up to a signed one",
    extensions: { "segment_id": formatHex(segmentId) },
  });
}
