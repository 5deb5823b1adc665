/**
 * The themes of the page, and which one to show.
 *
 * @module
 */

import { DARK, LIGHT, type Theme } from "./surface.ts";

/** Black on white, edges and traces at 7:1. */
const CONTRAST: Theme = {
  ...LIGHT,
  ink: "#000000",
  mutedInk: "#24292e",
  gridMinor: "#b4bcc4",
  gridMajor: "#6a737c",
  left: "#003a75",
  right: "#7a1f00",
  midline: "#000000",
  other: "#000000",
  seizureFill: "rgba(255, 190, 60, 0.22)",
  seizureEdge: "#5c3300",
  seizureText: "#472700",
  mark: "#3d1d80",
  markFill: "rgba(61, 29, 128, 0.10)",
  selectionFill: "rgba(0, 58, 117, 0.12)",
  selectionEdge: "#003a75",
  holeFill: "#e4e7ea",
  holeEdge: "#4a535b",
  pendingFill: "#d9ebf7",
  pendingEdge: "#1f557a",
  damagedFill: "#ffe3e0",
  damagedEdge: "#8c120b",
  holeText: "#14191d",
};

/** White and bright on black. */
const CONTRAST_DARK: Theme = {
  ...DARK,
  paper: "#000000",
  ink: "#ffffff",
  mutedInk: "#dfe6ec",
  gridMinor: "#3a424a",
  gridMajor: "#7c8892",
  left: "#8fd0ff",
  right: "#ffb38a",
  midline: "#ffffff",
  other: "#ffffff",
  seizureFill: "rgba(255, 180, 50, 0.22)",
  seizureEdge: "#ffc766",
  seizureText: "#ffe2ae",
  mark: "#d9caff",
  markFill: "rgba(217, 202, 255, 0.16)",
  selectionFill: "rgba(143, 208, 255, 0.18)",
  selectionEdge: "#8fd0ff",
  holeFill: "#1c2227",
  holeEdge: "#aab4bd",
  pendingFill: "#0d2a3d",
  pendingEdge: "#9fd2f2",
  damagedFill: "#420f0b",
  damagedEdge: "#ffb0a8",
  holeText: "#f2f6f9",
};

/** Every theme, by the name that the page's root element carries. */
export const THEMES = {
  "light": LIGHT,
  "dark": DARK,
  "contrast": CONTRAST,
  "contrast-dark": CONTRAST_DARK,
} as const satisfies Record<string, Theme>;

/** The name of a theme. */
export type ThemeName = keyof typeof THEMES;

/** What the reader can choose; `system` is what browser and system ask for. */
export const THEME_CHOICES = ["system", "light", "dark", "contrast", "contrast-dark"] as const;

/** A choice. */
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** Choices as the menu says them. */
export const THEME_TEXTS: Readonly<Record<ThemeChoice, string>> = {
  "system": "As the system says",
  "light": "Light",
  "dark": "Dark",
  "contrast": "High contrast, light",
  "contrast-dark": "High contrast, dark",
};

/** Reads a choice out of a cookie or a form; what is none is `system`. */
export function parseTheme(text: string | undefined): ThemeChoice {
  return THEME_CHOICES.find((choice) => choice === text) ?? "system";
}

/** What the system asks for. */
export interface SystemWish {
  readonly isDark: boolean;
  /** Asks for more contrast, or forces colours of its own, which a canvas cannot take. */
  readonly wantsContrast: boolean;
}

/** The theme of a choice. */
export function themeOf(choice: ThemeChoice, { isDark, wantsContrast }: SystemWish): ThemeName {
  if (choice !== "system") return choice;
  if (wantsContrast) return isDark ? "contrast-dark" : "contrast";
  return isDark ? "dark" : "light";
}
