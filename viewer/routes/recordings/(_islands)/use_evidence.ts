/**
 * The link to exactly this page, and what a page that was opened by one is held against.
 *
 * @module
 */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import {
  differencesOf,
  digestNames,
  type EvidenceNow,
  evidenceQuery,
  type OpenedEvidence,
} from "../../../signal/evidence.ts";
import { type ReadingState, rowsOfView, viewOf } from "./reading_state.ts";
import { addressQuery } from "./use_address.ts";
import type { Pages } from "./use_pages.ts";
import type { Reading } from "./use_reading.ts";

/** How a page compares with the link it was opened by. */
export interface EvidenceCheck {
  /** Empty: it is exactly that page. */
  readonly differences: readonly string[];
  readonly sha256: string;
  readonly chunkCount: number;
}

/** Links and checks. */
export interface EvidenceLinks {
  /** Undefined without a link, before the check, and once the reader has put it away. */
  readonly check: EvidenceCheck | undefined;
  readonly dismiss: () => void;
  /** The link to what is on screen. */
  readonly link: (signal: AbortSignal) => Promise<string>;
}

/** Which viewer this is: the digest over all of its scripts, which their address carries. */
export const BUILD = /\/assets\/([0-9a-f]+)\//.exec(import.meta.url)?.[1] ?? "unbundled";

/** @param opened What the address said, when the page was opened by a link. */
export function useEvidence(
  { state, current }: Reading,
  pages: Pages,
  { opened, pixelsPerMm }: {
    readonly opened: OpenedEvidence | undefined;
    readonly pixelsPerMm: number;
  },
): EvidenceLinks {
  const [check, setCheck] = useState<EvidenceCheck>();
  const [isDismissed, setDismissed] = useState(false);
  const { page, source } = pages;
  const scale = useRef(pixelsPerMm);
  scale.current = pixelsPerMm;
  const hasBegun = useRef(false);

  const look = useCallback(async (of: ReadingState, signal: AbortSignal) => {
    const { start, seconds } = of.viewport;
    const view = viewOf(of);
    const { digest } = await source.current!.proof({ start, seconds, view }, false, signal);
    return { digest, now: nowOf(of, digest.sha256, scale.current) };
  }, []);
  const link = useCallback(async (signal: AbortSignal) => {
    const { now } = await look(current.current, signal);
    const query = new URLSearchParams({ ...now.query, ...evidenceQuery(now) });
    return `${location.origin}${location.pathname}?${query}`;
  }, []);
  useEffect(() => {
    if (opened === undefined || page === undefined || hasBegun.current) return;
    hasBegun.current = true;
    // As it was opened, whatever the reader does meanwhile.
    const opening = state;
    look(opening, new AbortController().signal).then(({ digest, now }) => {
      const { sha256, chunkCount } = digest;
      setCheck({ differences: differencesOf(opened, now), sha256, chunkCount });
    }, (error) => {
      const text = error instanceof Error ? error.message : String(error);
      setCheck({
        differences: [`The samples could not be checked: ${text}.`],
        sha256: "",
        chunkCount: 0,
      });
    });
  }, [page]);
  return { check: isDismissed ? undefined : check, dismiss: () => setDismissed(true), link };
}

function nowOf(state: ReadingState, sha256: string, pixelsPerMm: number): EvidenceNow {
  const { start, seconds } = state.viewport;
  const { montage, hiddenRows } = rowsOfView(state, viewOf(state));
  const names = montage.rows.map(({ name }) => name);
  return {
    sha256,
    build: BUILD,
    sensitivity: state.sensitivity,
    hidden: names.filter((_, row) => hiddenRows.has(row)),
    isOffsetRemoved: state.isOffsetRemoved,
    isFrontLeftOut: state.montage.isFrontLeftOut,
    pixelsPerMm,
    rows: digestNames(names),
    query: addressQuery(state, { start, seconds }),
    names,
  };
}
