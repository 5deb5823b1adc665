/**
 * A link to exactly one page: what it must look like, and the digest of the samples it was made from.
 *
 * The address of a page has place, montage, filters and display already; this adds what is left, and
 * what to hold it against. Opened again, everything that cannot be as it was is said. Of the patient
 * there is the code that every address has, and nothing else.
 *
 * @module
 */

import { SENSITIVITIES } from "./amplitude_scale.ts";

/** What a link says beside place and view. */
export interface Evidence {
  /** SHA-256 of the samples of the page, 64 hexadecimal digits. */
  readonly sha256: string;
  /** The viewer it was made with, 16 hexadecimal digits over everything it runs. */
  readonly build: string;
  /** µV/mm. */
  readonly sensitivity: number;
  /** Names of rows that are hidden. */
  readonly hidden: readonly string[];
  readonly isOffsetRemoved: boolean;
  readonly isFrontLeftOut: boolean;
  /** CSS pixels in a millimetre of the screen it was made on. */
  readonly pixelsPerMm: number;
  /** Names of the rows of the montage, digested. */
  readonly rows: string;
}

/** A link as it was opened: with everything that the address said. */
export interface OpenedEvidence extends Evidence {
  readonly asked: Readonly<Record<string, string>>;
}

/** Parameters of the address that a page writes by itself. */
const PAGE_KEYS = [
  "start",
  "page",
  "montage",
  "order",
  "bad",
  "low",
  "high",
  "notch",
  "phase",
  "polarity",
  "clip",
  "speed",
  "rows",
] as const;

/** The evidence as address parameters. */
export function evidenceQuery(evidence: Evidence): Record<string, string> {
  return {
    uvmm: String(evidence.sensitivity),
    ...evidence.hidden.length === 0 ? {} : { hidden: evidence.hidden.join(",") },
    ...evidence.isOffsetRemoved ? { offset: "removed" } : {},
    ...evidence.isFrontLeftOut ? { average: "without-front" } : {},
    pxmm: evidence.pixelsPerMm.toFixed(4),
    names: evidence.rows,
    build: evidence.build,
    sha256: evidence.sha256,
  };
}

/** Reads {@link evidenceQuery} back; undefined where there is no digest to hold the page against. */
export function parseEvidence(
  get: (name: string) => string | undefined,
): OpenedEvidence | undefined {
  const sha256 = get("sha256");
  if (sha256 === undefined) return undefined;
  const asked = PAGE_KEYS.map((key) => [key, get(key)] as const)
    .filter((entry): entry is [typeof entry[0], string] => entry[1] !== undefined);
  return {
    sha256,
    build: get("build") ?? "",
    sensitivity: Number(get("uvmm")),
    hidden: (get("hidden") ?? "").split(",").filter((name) => name !== "").slice(0, 256),
    isOffsetRemoved: get("offset") === "removed",
    isFrontLeftOut: get("average") === "without-front",
    pixelsPerMm: Number(get("pxmm")),
    rows: get("names") ?? "",
    asked: Object.fromEntries(asked),
  };
}

/** The sensitivity of a link, where it is one that a page can have. */
export function sensitivityOf({ sensitivity }: Evidence): number | undefined {
  return SENSITIVITIES.find((step) => step === sensitivity);
}

/** Eight hexadecimal digits of the names of rows, to see that they are others (FNV-1a). */
export function digestNames(names: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(names.join("\n"))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

/** What the page is now: the same members, and its address parameters. */
export interface EvidenceNow extends Evidence {
  /** As the page writes its own address. */
  readonly query: Readonly<Record<string, string>>;
  /** Names of all rows of the montage. */
  readonly names: readonly string[];
}

/**
 * What differs from the link, each in a sentence; nothing when the page is exactly that of the link.
 *
 * @example Other samples
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { differencesOf, digestNames } from "./evidence.ts";
 *
 * const page = { sha256: "ab".repeat(32), build: "12", sensitivity: 7, hidden: [], pixelsPerMm: 4,
 *   isOffsetRemoved: false, isFrontLeftOut: false, rows: digestNames(["Fp1"]) };
 * deepStrictEqual(
 *   differencesOf({ ...page, asked: {} }, { ...page, query: {}, names: ["Fp1"],
 *     sha256: "cd".repeat(32) }),
 *   ["The samples are others: the link was made from data abababab…, here it is cdcdcdcd…."],
 * );
 * ```
 */
export function differencesOf(wanted: OpenedEvidence, now: EvidenceNow): string[] {
  const texts: string[] = [];
  const start = (digest: string) => `${digest.slice(0, 8)}…`;
  if (wanted.sha256 !== now.sha256) {
    texts.push(
      `The samples are others: the link was made from data ${start(wanted.sha256)}, ` +
        `here it is ${start(now.sha256)}.`,
    );
  }
  if (wanted.build !== now.build) {
    texts.push(`The viewer is another version: ${wanted.build || "not said"}, here ${now.build}.`);
  }
  for (const [key, value] of Object.entries(wanted.asked)) {
    const here = now.query[key];
    if (here !== value) {
      texts.push(`“${key}” was ${value} and is ${here ?? "as always"} here.`);
    }
  }
  if (wanted.sensitivity !== now.sensitivity) {
    texts.push(
      `Sensitivity was ${wanted.sensitivity} µV/mm and is ${now.sensitivity} µV/mm here.`,
    );
  }
  if (wanted.rows !== now.rows) texts.push("The montage has other rows here.");
  const gone = wanted.hidden.filter((name) => !now.names.includes(name));
  if (gone.length > 0) texts.push(`Rows that were hidden are not here: ${gone.join(", ")}.`);
  if (Math.abs(wanted.pixelsPerMm - now.pixelsPerMm) > 0.001) {
    texts.push(
      `A millimetre was ${wanted.pixelsPerMm} pixels on that screen and is ` +
        `${now.pixelsPerMm.toFixed(2)} on this one: heights in µV/mm are the same, in pixels not.`,
    );
  }
  return texts;
}
