/**
 * The part of a 2D canvas that drawing needs, and the colours it draws in.
 *
 * Drawing takes a surface and never looks for one, so that a test can hand in a recording of its own.
 * Nothing below reads the document.
 *
 * @module
 */

/** What `CanvasRenderingContext2D` offers and we use. */
export type Surface = Pick<
  CanvasRenderingContext2D,
  | "arc"
  | "beginPath"
  | "clip"
  | "closePath"
  | "fill"
  | "fillRect"
  | "fillStyle"
  | "fillText"
  | "font"
  | "lineCap"
  | "lineJoin"
  | "lineTo"
  | "lineWidth"
  | "measureText"
  | "moveTo"
  | "rect"
  | "restore"
  | "save"
  | "setLineDash"
  | "stroke"
  | "strokeStyle"
  | "textAlign"
  | "textBaseline"
>;

/** A surface that a picture can be put on: what a trace renderer needs. */
export type PictureSurface = Surface & Pick<CanvasRenderingContext2D, "drawImage">;

/** A canvas that is not on the page: where a trace renderer makes its picture. */
export type PictureCanvas = HTMLCanvasElement;

/** Colours of a page; those of traces are `#rrggbb`. Contrast: text ≥ 4.5:1, traces and edges ≥ 3:1, on paper and on shading. */
export interface Theme {
  readonly paper: string;
  readonly ink: string;
  readonly mutedInk: string;
  readonly gridMinor: string;
  readonly gridMajor: string;
  readonly left: string;
  readonly right: string;
  readonly midline: string;
  readonly other: string;
  readonly seizureFill: string;
  readonly seizureEdge: string;
  readonly seizureText: string;
  readonly mark: string;
  /** Shading of marks that last and are no seizures. */
  readonly markFill: string;
  /** What the reader has selected. */
  readonly selectionFill: string;
  readonly selectionEdge: string;
  readonly holeFill: string;
  readonly holeEdge: string;
  readonly pendingFill: string;
  readonly pendingEdge: string;
  readonly damagedFill: string;
  readonly damagedEdge: string;
  readonly holeText: string;
}

/** Blue left, red right, near-black midline: the colours of asymmetry trends, and never colour alone. */
export const LIGHT: Theme = {
  paper: "#ffffff",
  ink: "#16212b",
  mutedInk: "#53616e",
  gridMinor: "#e0e6eb",
  gridMajor: "#b9c4ce",
  left: "#0b5c94",
  right: "#a83e06",
  midline: "#22303c",
  other: "#22303c",
  seizureFill: "rgba(214, 140, 20, 0.16)",
  seizureEdge: "#9a5b00",
  seizureText: "#6b3f00",
  mark: "#5b3d99",
  markFill: "rgba(91, 61, 153, 0.10)",
  selectionFill: "rgba(13, 79, 126, 0.10)",
  selectionEdge: "#0d4f7e",
  holeFill: "#eceff2",
  holeEdge: "#65727e",
  pendingFill: "#e6f1f8",
  pendingEdge: "#3b7095",
  damagedFill: "#fbe6e4",
  damagedEdge: "#b3261e",
  holeText: "#33424f",
};

/** For night reading. */
export const DARK: Theme = {
  paper: "#10171d",
  ink: "#e6ecf1",
  mutedInk: "#9fb0be",
  gridMinor: "#202c35",
  gridMajor: "#33424e",
  left: "#6bb8ea",
  right: "#f0955c",
  midline: "#d5dee5",
  other: "#d5dee5",
  seizureFill: "rgba(230, 160, 40, 0.20)",
  seizureEdge: "#e0a040",
  seizureText: "#f3cd8a",
  mark: "#b9a2ee",
  markFill: "rgba(185, 162, 238, 0.14)",
  selectionFill: "rgba(124, 192, 238, 0.16)",
  selectionEdge: "#7cc0ee",
  holeFill: "#1d262e",
  holeEdge: "#8b9aa7",
  pendingFill: "#132a38",
  pendingEdge: "#5f93b5",
  damagedFill: "#3a1715",
  damagedEdge: "#ef8a83",
  holeText: "#c9d5de",
};
