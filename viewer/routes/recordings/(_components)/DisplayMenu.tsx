/**
 * How the page is drawn: polarity, clipping, order of sides, the read-out under the pointer.
 *
 * Order and read-out are habits and stay with this browser; polarity is asked for anew each time, because a
 * page that is upside down by habit misleads whoever looks over the shoulder.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { ReadingEvent, ReadingState } from "../(_islands)/reading_state.ts";
import { useKept } from "../(_islands)/use_kept.ts";
import { Setting } from "./Setting.tsx";

/** What the settings change. */
export interface DisplayMenuProps {
  readonly state: ReadingState;
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The settings, as lines of a menu. */
export function DisplayMenu({ state, dispatch }: DisplayMenuProps): VNode {
  const [isRightFirst, setRightFirst] = useKept<boolean>("wavekeep.right_first", false);
  const { display, montage } = state;
  useEffect(() => {
    if (isRightFirst) dispatch({ type: "montage", montage: { isRightFirst } });
  }, [isRightFirst]);
  return (
    <>
      <Setting
        isOn={display.isPositiveUp}
        on={(isPositiveUp) => dispatch({ type: "display", display: { isPositiveUp } })}
      >
        Positive up
      </Setting>
      <Setting
        isOn={display.isClipped}
        on={(isClipped) => dispatch({ type: "display", display: { isClipped } })}
      >
        Clip traces at their row, and mark where
      </Setting>
      <Setting
        isOn={montage.isRightFirst}
        on={(next) => {
          setRightFirst(next);
          dispatch({ type: "montage", montage: { isRightFirst: next } });
        }}
      >
        Right side above left
      </Setting>
      <Setting
        isOn={display.isPointerRead}
        on={(isPointerRead) => dispatch({ type: "display", display: { isPointerRead } })}
      >
        Read out what is under the pointer
      </Setting>
    </>
  );
}
