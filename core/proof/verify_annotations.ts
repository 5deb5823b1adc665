/**
 * Layer 5. Versions of marks and reviews, against the leaves of the log.
 *
 * @see core/proof/FORMAT.md, "Marks"
 * @module
 */

import { equalBytes, formatHex, parseHex } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import type { NounType } from "../log/mod.ts";
import type { VerifyContext } from "./verify_segments.ts";

/** Checks every statement; the text itself is what the log has a digest of. */
export function verifyAnnotations(context: VerifyContext): void {
  const { manifest } = context;
  verifyTexts("annotation-version", manifest.annotations, context);
  verifyTexts("annotation-review", manifest.reviews, context);
}

function verifyTexts(
  type: Extract<NounType, "annotation-version" | "annotation-review">,
  texts: readonly string[],
  { facts, crypto, result }: VerifyContext,
): void {
  const seen = new Set<string>();
  for (const [position, text] of texts.entries()) {
    const digest = crypto.sha256(new TextEncoder().encode(text));
    const id = idOf(text);
    const leaves = id === undefined ? [] : facts.nouns(type, id);
    if (leaves.some(({ contentDigest }) => equalBytes(contentDigest, digest))) {
      result.counts.annotations++;
    } else result.find("annotation-differs", `${type} ${position} of the manifest`);
    seen.add(formatHex(digest));
  }
  for (const { id, number, contentDigest } of facts.ofType(type)) {
    if (seen.has(formatHex(contentDigest))) continue;
    result.find(
      "annotation-differs",
      `the log holds ${type} ${number} of ${formatHex(id)}, the manifest does not`,
    );
  }
}

/** The id of a mark or a review: the first member. */
function idOf(text: string): Uint8Array | undefined {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return undefined;
    const id: unknown = list[0];
    return typeof id === "string" ? parseHex(id, 16) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isCoreError(error)) return undefined;
    throw error;
  }
}
