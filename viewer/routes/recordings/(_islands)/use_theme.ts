/**
 * The theme for what is drawn: what was chosen, or what the system asks for, as it changes.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import type { Theme } from "../../../signal/surface.ts";
import { parseTheme, themeOf, THEMES } from "../../../signal/themes.ts";

/** What a system may ask for. */
const WISHES = {
  dark: "(prefers-color-scheme: dark)",
  contrast: "(prefers-contrast: more)",
  forced: "(forced-colors: active)",
} as const;

/** The theme now; the same object as long as nothing changes. Light on the server. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState<Theme>(THEMES.light);
  useEffect(() => {
    const queries = Object.values(WISHES).map((text) => matchMedia(text));
    const update = () => setTheme(themeNow());
    // The choice is an attribute of the root element: style sheet and canvas read the same.
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    for (const query of queries) query.addEventListener("change", update);
    update();
    return () => {
      observer.disconnect();
      for (const query of queries) query.removeEventListener("change", update);
    };
  }, []);
  return theme;
}

function themeNow(): Theme {
  const isAsked = (name: keyof typeof WISHES) => matchMedia(WISHES[name]).matches;
  const isForced = isAsked("forced");
  const choice = parseTheme(document.documentElement.dataset["theme"]);
  // Forced colours are the reader's last word, and no style sheet reaches into a canvas.
  return THEMES[
    themeOf(isForced ? "system" : choice, {
      isDark: isAsked("dark"),
      wantsContrast: isAsked("contrast") || isForced,
    })
  ];
}
