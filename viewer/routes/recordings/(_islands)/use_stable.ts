/**
 * Values that are worked out anew with each rendering and are the same most of the time.
 *
 * @module
 */

import { useRef } from "preact/hooks";

/** The value of the rendering before, as long as the new one says the same. Plain JSON values only. */
export function useStable<T>(value: T): T {
  const kept = useRef({ from: value, value, text: "" });
  if (kept.current.text !== "" && kept.current.from === value) return kept.current.value;
  const text = JSON.stringify(value);
  if (text === kept.current.text) kept.current = { ...kept.current, from: value };
  else kept.current = { from: value, value, text };
  return kept.current.value;
}
