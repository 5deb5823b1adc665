/** Tests of the vocabulary of marks, and of the members of a mark that lean on it. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AnnotationInput, AnnotationKind } from "./annotation.ts";
import { EVENT_TERMS } from "./event_terms.ts";

Deno.test("EVENT_TERMS have ids of their own that fit the wire, kinds there are, and a tag", () => {
  strictEqual(new Set(EVENT_TERMS.map(({ id }) => id)).size, EVENT_TERMS.length);
  for (const { id, kind, name, hed } of EVENT_TERMS) {
    ok(/^[a-z][a-z0-9-]{0,63}$/.test(id), id);
    ok(AnnotationKind.options.includes(kind), id);
    ok(name !== "" && hed !== "", id);
  }
});

/** Names as they stand in HED_score_2.1.0.mediawiki, by the part of the schema. */
const SCORE_TAGS = [
  "Intermittent-photic-stimulation Hyperventilation",
  "Background-burst-suppression Background-activity-suppression",
  "Critically-ill-patient-periodic-discharges Rhythmic-delta-activity",
  "Epileptic-seizure Focal-onset-epileptic-seizure Aware-focal-onset-epileptic-seizure",
  "Impaired-awareness-focal-onset-epileptic-seizure",
  "Awareness-unknown-focal-onset-epileptic-seizure",
  "Focal-to-bilateral-tonic-clonic-focal-onset-epileptic-seizure",
  "Generalized-onset-epileptic-seizure Unknown-onset-epileptic-seizure",
  "Unclassified-epileptic-seizure Electroencephalographic-seizure Seizure-PNES",
  "Sleep-related-arousal Paroxysmal-motor-event Syncope",
  "Tonic-clonic-seizure Tonic-seizure Clonic-seizure Myoclonic-seizure Atonic-seizure",
  "Epileptic-spasm Typical-absence-seizure Atypical-absence-seizure",
  "Polymorphic-delta-activity Spike Spike-and-slow-wave Polyspikes Polyspike-and-slow-wave",
  "Sharp-wave Sharp-and-slow-wave High-frequency-oscillation Hypsarrhythmia-classic",
  "Sleep-spindles Vertex-wave K-complex",
].flatMap((names) => names.split(" ")).map((name) => `sc:${name}`);

/** Names as they stand in HED8.4.0.mediawiki. */
const STANDARD_TAGS = [
  "Data-artifact Chewing-artifact ECG-artifact EMG-artifact Eye-blink-artifact",
  "Eye-movement-artifact Movement-artifact Sweat-artifact Electrode-pops-artifact",
  "Line-noise-artifact Label",
].flatMap((names) => names.split(" "));

Deno.test("EVENT_TERMS have tags of the released HED schemas, and no others", () => {
  const known = new Set([...SCORE_TAGS, ...STANDARD_TAGS]);
  const used = EVENT_TERMS.flatMap(({ hed }) => hed.replaceAll(/[()]/g, "").split(", "))
    // A value follows its tag.
    .map((tag) => tag.replace(/\/.*$/, ""));
  deepStrictEqual(used.filter((tag) => !known.has(tag)), []);
  deepStrictEqual([...known].filter((tag) => !used.includes(tag)), []);
});

Deno.test("EVENT_TERMS have each quick code from 1 to 8 once", () => {
  const codes = EVENT_TERMS.flatMap(({ code }) => code ?? []);
  deepStrictEqual(codes.sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

const mark = {
  "annotation_id": "a".repeat(32),
  kind: "seizure",
  source: "algorithm",
  anchor: { coordinate: "recording", onset: "1" },
  duration: null,
  text: "",
};
const detection = { method: "line-length", version: "2", score: 0.5 };

for (
  const [what, changes, isTaken] of [
    ["of before there were terms", {}, true],
    ["with a term and a detection", { term: "spike", detection }, true],
    ["with a detection that has no score", { detection: { ...detection, score: null } }, true],
    ["with an unknown term", { term: "fit" }, false],
    ["of a person with a detection", { source: "human", detection }, false],
    ["of a person without one", { source: "human", detection: null }, true],
    ["with half a detection", { detection: { method: "x" } }, false],
  ] as const
) {
  Deno.test(`AnnotationInput ${isTaken ? "takes" : "refuses"} a mark ${what}`, () => {
    strictEqual(AnnotationInput.safeParse({ ...mark, ...changes }).success, isTaken);
  });
}
