/**
 * What makes a page one to trust: the proof, the evidence link, what has been seen.
 *
 * @module
 */

import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { PageSource } from "../../../api/page_source.ts";
import type { DrawnPage } from "../../../signal/draw_page.ts";
import type { OpenedEvidence } from "../../../signal/evidence.ts";
import type { Handlers } from "./handlers.ts";
import { type EvidenceLinks, useEvidence } from "./use_evidence.ts";
import type { Pages } from "./use_pages.ts";
import type { Reading } from "./use_reading.ts";
import { type Seen, useSeen } from "./use_seen.ts";

/** All of it, as the page has it. */
export interface Ideas {
  readonly handlers: Handlers;
  readonly seen: Seen;
  readonly evidence: EvidenceLinks;
  readonly dialog: "prove" | "link" | undefined;
  readonly close: () => void;
  /** The page that is on the canvas, with what it was drawn from. */
  readonly drawn: { readonly current: DrawnPage | undefined };
  readonly source: { readonly current: PageSource | undefined };
  /** To be called with every page that is painted. */
  readonly noteDrawn: (drawn: DrawnPage) => void;
}

/** Opens them for one page. */
export function useIdeas(
  reading: Reading,
  pages: Pages,
  options: { readonly opened: OpenedEvidence | undefined; readonly pixelsPerMm: number },
): Ideas {
  const [dialog, setDialog] = useState<Ideas["dialog"]>();
  const drawn = useRef<DrawnPage | undefined>(undefined);
  const seen = useSeen(reading);
  const evidence = useEvidence(reading, pages, options);
  const handlers = useMemo((): Handlers => ({
    ...seen.handlers,
    "prove": () => drawn.current !== undefined && setDialog("prove"),
    "copy-link": () => drawn.current !== undefined && setDialog("link"),
  }), []);
  const close = useCallback(() => setDialog(undefined), []);
  const noteDrawn = useCallback((page: DrawnPage) => {
    drawn.current = page;
    seen.noteDrawn(page.frame);
  }, []);
  return { handlers, seen, evidence, dialog, close, drawn, source: pages.source, noteDrawn };
}
