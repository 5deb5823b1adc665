/**
 * Back to where the reader was, and forward again: one key, wherever the jump came from.
 *
 * @module
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  isJump,
  NO_PLACES,
  noteJump,
  type Place,
  travel,
} from "../../../signal/trends/place_history.ts";
import type { Handlers } from "./handlers.ts";
import type { ReadingState } from "./reading_state.ts";
import type { Reading } from "./use_reading.ts";

/** The way back as the page has it. */
export interface Places {
  /** Where back leads; undefined where nothing was left yet. */
  readonly back: Place | undefined;
  readonly handlers: Handlers;
}

/** Notes every jump of the page. */
export function usePlaces({ state, current, dispatch }: Reading): Places {
  const [history, setHistory] = useState(NO_PLACES);
  const newest = useRef(history);
  const last = useRef<Place | undefined>(undefined);
  const { start, seconds } = state.viewport;

  const set = (next: typeof history) => {
    newest.current = next;
    setHistory(next);
  };
  useEffect(() => {
    const here = placeOf(state);
    if (last.current !== undefined && isJump(last.current, here, { seconds })) {
      set(noteJump(newest.current, last.current));
    }
    last.current = here;
  }, [start, state.isFollowing]);

  const handlers = useMemo((): Handlers => {
    const go = (direction: "back" | "forward") => () => {
      const gone = travel(newest.current, direction, placeOf(current.current));
      if (gone === undefined) return false;
      set(gone.history);
      // Going back is no jump of its own.
      last.current = undefined;
      const { place } = gone;
      dispatch(
        place.isFollowing
          ? { type: "follow", isFollowing: true }
          : { type: "go-to", start: place.start },
      );
    };
    return { "back": go("back"), "forward": go("forward") };
  }, []);
  return { back: history.back.at(-1), handlers };
}

function placeOf({ viewport, isFollowing }: ReadingState): Place {
  return { start: viewport.start, isFollowing };
}
