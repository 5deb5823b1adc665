/**
 * Pages of the wall's tiles: asked for one after the other, kept as long as the wall is open.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import type { PageSource } from "../../../api/page_source.ts";
import type { PageWish } from "../../../api/page_shelf.ts";
import type { PageData } from "../../../signal/page_data.ts";

/** A tile that wants its page. */
export interface TileWish {
  /** Of its mark. */
  readonly id: string;
  readonly wish: PageWish;
}

/** What has come of a tile. */
export type TilePage =
  | { readonly kind: "page"; readonly page: PageData }
  | { readonly kind: "problem"; readonly text: string }
  | { readonly kind: "waiting" };

/** What has come of all of them. */
export interface TilePages {
  readonly of: (tile: TileWish) => TilePage;
  /** Tiles that wait. */
  readonly waiting: number;
  /** Asks again for what could not be had. */
  readonly retry: () => void;
}

/** Asks for the pages of tiles, in their order; what is no longer wanted is not waited for. */
export function useTilePages(source: PageSource, tiles: readonly TileWish[]): TilePages {
  const pages = useRef(new Map<string, TilePage>());
  const [round, setRound] = useState(0);
  const [, landed] = useState(0);
  const keys = tiles.map(keyOf);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    void (async () => {
      for (const tile of tiles) {
        const key = keyOf(tile);
        if (pages.current.get(key)?.kind === "page") continue;
        const answer: TilePage = await source.page(tile.wish, [], signal).then(
          ({ page }) => ({ kind: "page", page }),
          (error) => ({
            kind: "problem",
            text: error instanceof Error ? error.message : String(error),
          }),
        );
        if (signal.aborted) return;
        pages.current.set(key, answer);
        landed((count) => count + 1);
      }
    })();
    return () => controller.abort();
  }, [keys.join(), round, source]);
  const of = (tile: TileWish): TilePage => pages.current.get(keyOf(tile)) ?? { kind: "waiting" };
  return {
    of,
    waiting: tiles.filter((tile) => of(tile).kind === "waiting").length,
    retry: () => {
      for (const [key, { kind }] of pages.current) {
        if (kind === "problem") pages.current.delete(key);
      }
      setRound(round + 1);
    },
  };
}

function keyOf({ id, wish }: TileWish): string {
  return JSON.stringify([id, wish]);
}
