/**
 * A setting of this browser, kept between visits. Never anything about a patient.
 *
 * @module
 */

import { useCallback, useEffect, useState } from "preact/hooks";

/** Like `useState`, kept under `key`. The first render, on the server too, uses the default. */
export function useKept<T extends number | boolean | string>(
  key: string,
  initial: T,
): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(initial);
  useEffect(() => {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "null");
      if (typeof kept === typeof initial) setValue(kept);
    } catch {
      // A setting that cannot be read is the default.
    }
  }, [key]);
  const keep = useCallback((next: T) => {
    setValue(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Storage may be switched off; the setting then lasts as long as the page.
    }
  }, [key]);
  return [value, keep];
}
