/**
 * Layer 2. What a mark can be called: terms of the field, as data.
 *
 * Seizure types are those of the ILAE (Fisher 2017); the other terms are SCORE's. Each names its tag in
 * HED with the SCORE library, which is what a BIDS export says. A mark needs no term: free text is always
 * allowed beside it or instead. Ids are permanent, because stored marks hold them; names may be improved.
 * Every tag stands in the released schema files named below; the test holds what was read there.
 * Without zod, unlike its neighbours: the browser's page imports this file.
 *
 * @see Fisher et al. 2017, doi:10.1111/epi.13670; Beniczky et al. 2017, doi:10.1016/j.clinph.2017.07.418
 * @see https://www.hedtags.org/hed-schemas (HED 8.4.0, score 2.1.0)
 * @module
 */

/** Version strings of the schemas that the tags below are of, as BIDS wants them. */
export const HED_VERSION = ["8.4.0", "sc:score_2.1.0"] as const;

/** One term. */
export interface EventTerm {
  /** Permanent. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly group:
    | "Seizure"
    | "Epileptiform"
    | "Periodic or rhythmic"
    | "Sleep"
    | "Artifact"
    | "Other";
  /** The kind that a mark with this term usually is; an `AnnotationKind`. */
  readonly kind: "seizure" | "note" | "sleep-stage";
  /** HED tags; those of the SCORE library have the prefix `sc:`. */
  readonly hed: string;
  /** Digit of the quick code that a reader has to begin with. */
  readonly code?: number;
}

type Row = readonly [id: string, name: string, hed: string, code?: number];

const SEIZURES: readonly Row[] = [
  ["seizure", "Seizure", "sc:Epileptic-seizure", 1],
  ["seizure-electrographic", "Electrographic seizure", "sc:Electroencephalographic-seizure", 2],
  ["seizure-focal", "Focal onset seizure", "sc:Focal-onset-epileptic-seizure"],
  ["seizure-focal-aware", "Focal aware seizure", "sc:Aware-focal-onset-epileptic-seizure"],
  [
    "seizure-focal-impaired",
    "Focal impaired awareness seizure",
    "sc:Impaired-awareness-focal-onset-epileptic-seizure",
  ],
  [
    "seizure-focal-unknown",
    "Focal onset seizure, awareness unknown",
    "sc:Awareness-unknown-focal-onset-epileptic-seizure",
  ],
  [
    "seizure-focal-to-bilateral",
    "Focal to bilateral tonic-clonic seizure",
    "sc:Focal-to-bilateral-tonic-clonic-focal-onset-epileptic-seizure",
  ],
  ["seizure-generalized", "Generalized onset seizure", "sc:Generalized-onset-epileptic-seizure"],
  [
    "seizure-tonic-clonic",
    "Generalized tonic-clonic seizure",
    "(sc:Generalized-onset-epileptic-seizure, sc:Tonic-clonic-seizure)",
  ],
  ["seizure-tonic", "Tonic seizure", "(sc:Epileptic-seizure, sc:Tonic-seizure)"],
  ["seizure-clonic", "Clonic seizure", "(sc:Epileptic-seizure, sc:Clonic-seizure)"],
  ["seizure-myoclonic", "Myoclonic seizure", "(sc:Epileptic-seizure, sc:Myoclonic-seizure)"],
  ["seizure-atonic", "Atonic seizure", "(sc:Epileptic-seizure, sc:Atonic-seizure)"],
  ["seizure-spasm", "Epileptic spasm", "(sc:Epileptic-seizure, sc:Epileptic-spasm)"],
  [
    "seizure-absence",
    "Typical absence seizure",
    "(sc:Generalized-onset-epileptic-seizure, sc:Typical-absence-seizure)",
  ],
  [
    "seizure-absence-atypical",
    "Atypical absence seizure",
    "(sc:Generalized-onset-epileptic-seizure, sc:Atypical-absence-seizure)",
  ],
  ["seizure-unknown-onset", "Unknown onset seizure", "sc:Unknown-onset-epileptic-seizure"],
  ["seizure-unclassified", "Unclassified seizure", "sc:Unclassified-epileptic-seizure"],
];

const EPILEPTIFORM: readonly Row[] = [
  ["spike", "Spike", "sc:Spike", 3],
  ["spike-wave", "Spike and slow wave", "sc:Spike-and-slow-wave"],
  ["polyspikes", "Polyspikes", "sc:Polyspikes"],
  ["polyspike-wave", "Polyspike and slow wave", "sc:Polyspike-and-slow-wave"],
  ["sharp-wave", "Sharp wave", "sc:Sharp-wave", 4],
  ["sharp-slow-wave", "Sharp and slow wave", "sc:Sharp-and-slow-wave"],
  ["hypsarrhythmia", "Hypsarrhythmia", "sc:Hypsarrhythmia-classic"],
  ["hfo", "High-frequency oscillation", "sc:High-frequency-oscillation"],
];

const PERIODIC: readonly Row[] = [
  [
    "periodic-discharges",
    "Periodic discharges",
    "sc:Critically-ill-patient-periodic-discharges",
    5,
  ],
  ["rhythmic-delta", "Rhythmic delta activity", "sc:Rhythmic-delta-activity"],
  ["slowing-delta", "Polymorphic delta activity", "sc:Polymorphic-delta-activity"],
  ["burst-suppression", "Burst suppression", "sc:Background-burst-suppression"],
  ["suppression", "Background suppression", "sc:Background-activity-suppression"],
];

const SLEEP: readonly Row[] = [
  ["arousal", "Arousal", "sc:Sleep-related-arousal", 6],
  ["sleep-spindle", "Sleep spindles", "sc:Sleep-spindles"],
  ["k-complex", "K-complex", "sc:K-complex"],
  ["vertex-wave", "Vertex wave", "sc:Vertex-wave"],
];

const ARTIFACTS: readonly Row[] = [
  ["artifact", "Artifact", "Data-artifact", 7],
  ["artifact-eye", "Eye movement", "Eye-movement-artifact"],
  ["artifact-blink", "Eye blink", "Eye-blink-artifact"],
  ["artifact-muscle", "Muscle", "EMG-artifact"],
  ["artifact-chewing", "Chewing", "Chewing-artifact"],
  ["artifact-movement", "Movement", "Movement-artifact"],
  ["artifact-ecg", "ECG", "ECG-artifact"],
  ["artifact-electrode", "Electrode pop", "Electrode-pops-artifact"],
  ["artifact-mains", "Mains", "Line-noise-artifact"],
  ["artifact-sweat", "Sweat", "Sweat-artifact"],
];

const OTHER: readonly Row[] = [
  ["nonepileptic", "Psychogenic non-epileptic event", "sc:Seizure-PNES"],
  ["motor-event", "Paroxysmal motor event", "sc:Paroxysmal-motor-event"],
  ["syncope", "Syncope", "sc:Syncope"],
  ["hyperventilation", "Hyperventilation", "sc:Hyperventilation"],
  ["photic", "Photic stimulation", "sc:Intermittent-photic-stimulation"],
  ["note", "Note", "Label/Note", 8],
];

/** Every term there is, by group. */
export const EVENT_TERMS: readonly EventTerm[] = [
  ...of("Seizure", "seizure", SEIZURES),
  ...of("Epileptiform", "note", EPILEPTIFORM),
  ...of("Periodic or rhythmic", "note", PERIODIC),
  ...of("Sleep", "note", SLEEP),
  ...of("Artifact", "note", ARTIFACTS),
  ...of("Other", "note", OTHER),
];

const BY_ID: ReadonlyMap<string, EventTerm> = new Map(EVENT_TERMS.map((term) => [term.id, term]));

/**
 * The term of an id; undefined when this build does not know it.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { eventTerm } from "@wavekeep/core/recording";
 *
 * strictEqual(eventTerm("seizure-focal-aware")?.name, "Focal aware seizure");
 * strictEqual(eventTerm("unheard-of"), undefined);
 * ```
 */
export function eventTerm(id: string): EventTerm | undefined {
  return BY_ID.get(id);
}

function of(
  group: EventTerm["group"],
  kind: EventTerm["kind"],
  rows: readonly Row[],
): EventTerm[] {
  return rows.map(([id, name, hed, code]) => ({
    id,
    name,
    group,
    kind,
    hed,
    ...(code === undefined ? {} : { code }),
  }));
}
