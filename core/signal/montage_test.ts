/** Tests of montages: CHB-MIT's graph, EEG_RULES' golden values, what cannot be derived. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { toPhysical } from "../calibration/mod.ts";
import type { ChannelType } from "../recording/mod.ts";
import { prng } from "../testing/prng.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { parseChannelLabel } from "./channel_label.ts";
import { derive } from "./derive.ts";
import {
  connectedParts,
  electrodeGraph,
  isAveraged,
  type MontageChannel,
  pathBetween,
  pathText,
  UNSTATED_REFERENCE,
  withoutElectrodes,
} from "./electrode_graph.ts";
import { parseMontage } from "./parse_montage.ts";
import { resolveMontage } from "./resolve_montage.ts";
import { MONTAGE_KINDS, standardMontage, type TraceRequest } from "./standard_montages.ts";
import { stuckRuns } from "./stuck_runs.ts";

const CHB_MIT =
  ("FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1 FP2-F4 F4-C4 C4-P4 P4-O2 FP2-F8 " +
    "F8-T8 T8-P8 P8-O2 FZ-CZ CZ-PZ P7-T7 T7-FT9 FT9-FT10 FT10-T8 T8-P8").split(" ");
const TEN_TWENTY = "Fp1 Fp2 F7 F8 T7 T8 P7 P8 F3 F4 C3 C4 P3 P4 O1 O2 Fz Cz Pz".split(" ");

function channels(labels: readonly string[], unit = "uV", type?: ChannelType): MontageChannel[] {
  return labels.map((label, channel) => ({
    channel,
    label,
    type: type ?? parseChannelLabel(label).type,
    unit,
  }));
}

const chbMit = electrodeGraph(channels(CHB_MIT));
const referential = (reference: string, more: readonly string[] = []) =>
  electrodeGraph(channels([...TEN_TWENTY, ...more].map((name) => `EEG ${name}${reference}`)));

function pair(active: string, against: string): TraceRequest {
  return { name: `${active}-${against}`, active, against: [against] };
}

/** Path of one pair, or the reason why there is none. */
function pathOf(graph: typeof chbMit, active: string, against: string): string {
  const { traces, missing } = resolveMontage([[pair(active, against)]], graph);
  return traces[0]?.path ?? missing[0]!.reason;
}

Deno.test("CHB-MIT's graph has two parts, of 18 electrodes and of three", () => {
  const parts = connectedParts(chbMit);
  deepStrictEqual(parts.map((part) => part.length), [18, 3]);
  deepStrictEqual([...parts[1]!].sort(), ["Cz", "Fz", "Pz"]);
  // Rank: places less parts.
  strictEqual(chbMit.places.length - parts.length, 19);
});

Deno.test("CHB-MIT: derivable pairs print their path, the others their reason", () => {
  strictEqual(pathOf(chbMit, "F7", "F3"), "−(FP1-F7) + (FP1-F3)");
  strictEqual(pathOf(chbMit, "F8", "F4"), "−(FP2-F8) + (FP2-F4)");
  strictEqual(pathOf(chbMit, "P7", "P3"), "(P7-O1) − (P3-O1)");
  strictEqual(pathOf(chbMit, "T7", "C3"), "−(F7-T7) − (FP1-F7) + (FP1-F3) + (F3-C3)");
  strictEqual(pathOf(chbMit, "Fp1", "F7"), "(FP1-F7)");
  strictEqual(pathOf(chbMit, "T8", "P8"), "(T8-P8)");
  strictEqual(pathOf(chbMit, "F3", "Fz"), "no recorded channels connect F3 with Fz");
  strictEqual(pathOf(chbMit, "C3", "Cz"), "no recorded channels connect C3 with Cz");
  strictEqual(pathOf(chbMit, "Fz", "Pz"), "(FZ-CZ) + (CZ-PZ)");
  strictEqual(pathOf(chbMit, "C3", "A1"), "no usable channel has A1");
});

Deno.test("CHB-MIT: what each standard montage has and has not", () => {
  const counts = MONTAGE_KINDS.filter((kind) => kind !== "recorded" && kind !== "own")
    .map((kind) => {
      const { traces, missing } = resolveMontage(standardMontage(kind, chbMit), chbMit);
      return [kind, traces.map(({ name }) => name).join(" "), missing.length];
    });
  deepStrictEqual(counts, [
    [
      "longitudinal",
      "Fp1-F7 F7-T7 T7-P7 P7-O1 Fp1-F3 F3-C3 C3-P3 P3-O1 Fz-Cz Cz-Pz " +
      "Fp2-F4 F4-C4 C4-P4 P4-O2 Fp2-F8 F8-T8 T8-P8 P8-O2",
      0,
    ],
    [
      "transverse",
      "F7-Fp1 Fp1-Fp2 Fp2-F8 F7-F3 F4-F8 T7-C3 C4-T8 P7-P3 P4-P8 P7-O1 O1-O2 O2-P8",
      6,
    ],
    [
      "average",
      "Fp1-avg Fp2-avg F7-avg F8-avg T7-avg T8-avg P7-avg P8-avg F3-avg F4-avg C3-avg C4-avg P3-avg " +
      "P4-avg O1-avg O2-avg FT9-avg FT10-avg",
      3,
    ],
    [
      "laplacian",
      "Fp1-lap Fp2-lap F7-lap F8-lap T7-lap T8-lap P7-lap P8-lap O1-lap O2-lap",
      9,
    ],
    ["cz", "Fz-Cz Pz-Cz", 18],
    ["ears", "", 21],
  ]);
  strictEqual(
    resolveMontage(standardMontage("average", chbMit), chbMit).average.length,
    18,
  );
});

Deno.test("a full referential recording has every trace of every montage", () => {
  const graph = referential("-Ref", ["A1", "A2"]);
  const sizes = MONTAGE_KINDS.filter((kind) => kind !== "recorded" && kind !== "own")
    .map((kind) => {
      const { traces, missing } = resolveMontage(standardMontage(kind, graph), graph);
      deepStrictEqual(missing, []);
      return traces.length;
    });
  deepStrictEqual(sizes, [18, 18, 19, 19, 18, 19]);
});

Deno.test("standardMontage() puts left above right and anterior above posterior", () => {
  const names = standardMontage("longitudinal", chbMit).map((group) =>
    group.map(({ name }) => name)
  );
  deepStrictEqual(names[0], ["Fp1-F7", "F7-T7", "T7-P7", "P7-O1"]);
  deepStrictEqual(names[1], ["Fp1-F3", "F3-C3", "C3-P3", "P3-O1"]);
  deepStrictEqual(names[2], ["Fz-Cz", "Cz-Pz"]);
  deepStrictEqual(names[4], ["Fp2-F8", "F8-T8", "T8-P8", "P8-O2"]);
  strictEqual(names.flat().length, 18);
  strictEqual(standardMontage("transverse", chbMit).flat().length, 18);
});

Deno.test("standardMontage() puts right above left on request: the same pairs in a mirror", () => {
  const graph = referential("-Ref", ["A1", "A2"]);
  for (const kind of MONTAGE_KINDS) {
    if (kind === "recorded" || kind === "own") continue;
    const left = standardMontage(kind, graph).map((group) => group.map(({ active }) => active));
    const right = standardMontage(kind, graph, { isRightFirst: true });
    deepStrictEqual(
      right.map((group) => group.map(({ active }) => active)),
      left.map((group) => group.map((name) => otherSide(name))),
    );
    deepStrictEqual(resolveMontage(right, graph).missing, []);
  }
});

/** By table, as the code under test has a rule. */
function otherSide(name: string): string {
  const pairs = ["Fp1 Fp2", "F7 F8", "T7 T8", "P7 P8", "F3 F4", "C3 C4", "P3 P4", "O1 O2"]
    .map((pair) => pair.split(" "));
  return pairs.flatMap(([left, right]) =>
    name === left ? [right!] : name === right ? [left!] : []
  )[0] ?? name;
}

Deno.test("old temporal names and spellings are the same electrodes", () => {
  const graph = electrodeGraph(channels(["EEG T3-Ref", "EEG T5-Ref", "EEG 01-Ref", "Fc5."]));
  strictEqual(pathOf(graph, "T7", "P7"), "(EEG T3-Ref) − (EEG T5-Ref)");
  strictEqual(pathOf(graph, "P7", "O1"), "(EEG T5-Ref) − (EEG 01-Ref)");
});

Deno.test("channels of different references are not subtracted", () => {
  const graph = electrodeGraph(channels(["EEG C3-M2", "EEG C4-M1", "EEG O1-M2", "EEG Cz"]));
  strictEqual(pathOf(graph, "C3", "O1"), "(EEG C3-M2) − (EEG O1-M2)");
  strictEqual(pathOf(graph, "C3", "C4"), "no recorded channels connect C3 with C4");
  strictEqual(pathOf(graph, "C3", "Cz"), "no recorded channels connect C3 with Cz");
  // Osas2002: M2-M1 is recorded, and it closes the gap.
  const joined = electrodeGraph(channels(["EEG C3-M2", "EEG C4-M1", "EEG M2-M1"]));
  strictEqual(pathOf(joined, "C3", "C4"), "(EEG C3-M2) + (EEG M2-M1) − (EEG C4-M1)");
});

Deno.test("an unstated reference is shared, and said; one that is not understood is not", () => {
  const graph = electrodeGraph(channels(["EEG Fp1", "EEG F7", "EEG C3-Nose2"]));
  deepStrictEqual(graph.places, ["Fp1", UNSTATED_REFERENCE, "F7"]);
  const montage = resolveMontage([[pair("Fp1", "F7")]], graph);
  strictEqual(montage.assumesReference, true);
  strictEqual(resolveMontage([[pair("Fp1", "F7")]], chbMit).assumesReference, false);
});

Deno.test("pins of a numbered cap are no electrodes", () => {
  const pins = ["A1", "A2", "A3", "C3", "C4", "F3"];
  deepStrictEqual(electrodeGraph(channels(pins, "uV", "eeg")).places, []);
  ok(electrodeGraph(channels(["C3", "C4", "A1"])).places.includes("A1"));
});

Deno.test("only EEG voltages take part", () => {
  deepStrictEqual(electrodeGraph(channels(["C3", "C4"], "%")).edges, []);
  deepStrictEqual(electrodeGraph(channels(["EOG Pos8-M1", "ECG", "SpO2"])).edges, []);
});

Deno.test("a bad electrode is on no path, in no average, in no other's Laplacian", () => {
  const graph = withoutElectrodes(chbMit, ["Fp1"]);
  strictEqual(
    pathOf(graph, "F7", "F3"),
    "(F7-T7) + (T7-P7) + (P7-O1) − (P3-O1) − (C3-P3) − (F3-C3)",
  );
  const resolve = (kind: "average" | "laplacian" | "longitudinal", bad: string[]) =>
    resolveMontage(standardMontage(kind, chbMit), chbMit, { bad });
  const { average, traces } = resolve("average", ["Fp1"]);
  strictEqual(average.length, 17);
  // Its own trace stays, against the others, and says that it is bad.
  strictEqual(traces.length, 18);
  deepStrictEqual(traces.filter(({ bad }) => bad.length > 0).map(({ name, bad }) => [name, bad]), [
    ["Fp1-avg", ["Fp1"]],
  ]);
  const laplacian = resolve("laplacian", ["F3"]).traces.find(({ name }) => name === "F7-lap")!;
  deepStrictEqual([laplacian.against, laplacian.bad], [["Fp1", "T7"], []]);
  deepStrictEqual(
    resolve("longitudinal", ["F7"]).traces.filter(({ bad }) => bad.length > 0)
      .map(({ name }) => name),
    ["Fp1-F7", "F7-T7"],
  );
  const without = resolveMontage(standardMontage("average", chbMit), chbMit, {
    notAveraged: ["Fp1", "Fp2", "F7", "F8"],
  });
  deepStrictEqual([without.average.length, without.traces.length], [14, 18]);
});

Deno.test("what only a bad electrode connects is missing, and the reason says so", () => {
  const graph = electrodeGraph(channels(["F3-C3", "C3-P3"]));
  const { traces, missing } = resolveMontage([[pair("F3", "P3")]], graph, { bad: ["C3"] });
  deepStrictEqual([traces.length, missing[0]!.reason], [
    0,
    "no usable channel has F3 but through bad electrodes",
  ]);
});

Deno.test("ears, mastoids and references are in no average; Cz is, also when it is the reference", () => {
  const graph = referential("-Ref", ["A1", "M2"]);
  strictEqual(resolveMontage(standardMontage("average", graph), graph).average.length, 19);
  const cz = electrodeGraph(channels(["Fp1-Cz", "O2-Cz"]));
  deepStrictEqual(resolveMontage(standardMontage("average", cz), cz).average, ["Fp1", "Cz", "O2"]);
  deepStrictEqual(["Fp1", "M1", "REF", "FT10"].map(isAveraged), [true, false, false, true]);
});

Deno.test("ear reference takes the ear of the same side, both for the midline, joined ones as recorded", () => {
  const graph = referential("-Ref", ["M1", "A2"]);
  const names = resolveMontage(standardMontage("ears", graph), graph).traces.map(({ name }) =>
    name
  );
  ok(["C3-M1", "C4-A2", "Cz-M1A2"].every((name) => names.includes(name)));
  const linked = referential("-LE");
  ok(
    resolveMontage(standardMontage("ears", linked), linked).traces.some(({ name, path }) =>
      name === "C3-LE" && path === "(EEG C3-LE)"
    ),
  );
});

Deno.test("weights in microvolts: derived traces equal potentials, whatever was recorded", () => {
  // Potentials of every place, and the channels that a recorder would have made of them.
  const random = prng(21);
  const graphs = [
    chbMit,
    referential("-Ref", ["A1", "A2"]),
    electrodeGraph(channels(TEN_TWENTY.map((name) => `EEG ${name}`), "mV")),
  ];
  for (const graph of graphs) {
    const potentials = new Map(graph.places.map((place) => [place, random.below(1e6) / 1e3]));
    const values = graph.edges.map(({ active, against, microvoltsPerUnit }) => [
      (potentials.get(active)! - potentials.get(against)!) / microvoltsPerUnit,
    ]);
    for (const kind of MONTAGE_KINDS) {
      if (kind === "recorded" || kind === "own") continue;
      for (const trace of resolveMontage(standardMontage(kind, graph), graph).traces) {
        const mean = trace.against.reduce((sum, place) => sum + potentials.get(place)!, 0) /
          trace.against.length;
        const found = derive(values, trace.terms)[0]!;
        ok(
          Math.abs(found - (potentials.get(trace.active)! - mean)) < 1e-7,
          `${kind} ${trace.name}`,
        );
      }
    }
  }
});

Deno.test("an average sums to nothing over its electrodes", () => {
  const graph = referential("-Ref");
  const { traces } = resolveMontage(standardMontage("average", graph), graph);
  const sums = new Float64Array(graph.edges.length);
  for (const { terms } of traces) for (const { channel, weight } of terms) sums[channel]! += weight;
  for (const sum of sums) ok(Math.abs(sum) < 1e-12);
});

Deno.test("parseMontage() reads pairs, means and averages, and tells what is wrong by line", () => {
  const { groups, faults } = parseMontage(
    "# mine\nFP1-F7\r\nt3 - t5\n\n\nCz-(A1 + A2)\nO2-AVG\nC3-C3\nC3-\nfoo-Cz\nC3-(A1+)\n",
  );
  deepStrictEqual(groups, [
    [pair("Fp1", "F7"), pair("T7", "P7")],
    [
      { name: "Cz-A1A2", active: "Cz", against: ["A1", "A2"] },
      { name: "O2-avg", active: "O2", against: "average" },
    ],
  ]);
  deepStrictEqual(faults.map(({ line, reason }) => [line, reason]), [
    [8, "C3 is on both sides"],
    [9, "nothing is not an electrode"],
    [10, "foo is not an electrode"],
    [11, "nothing is not an electrode"],
  ]);
  deepStrictEqual(parseMontage(""), { groups: [], faults: [] });
  strictEqual(parseMontage("C3-C4\n".repeat(300)).faults.length, 1);
});

Deno.test("stuckRuns() finds plateaus and clipped peaks, not slow waves", () => {
  const options = { rateHz: 256, limits: { digitalMin: -2048, digitalMax: 2047 } };
  const wave = Int32Array.from({ length: 2560 }, (_, i) => Math.round(900 * Math.sin(i / 40)));
  deepStrictEqual(stuckRuns(wave, options), []);
  wave.fill(314, 1000, 1064);
  deepStrictEqual(stuckRuns(wave, options), [{ start: 1000, end: 1064 }]);
  wave.fill(-2048, 100, 103);
  deepStrictEqual(stuckRuns(wave, options)[0], { start: 100, end: 103 });
  // Two are a sharp peak that touches the rail; beyond the declared range they count as well.
  wave.fill(2500, 200, 202);
  strictEqual(stuckRuns(wave, options).length, 2);
  wave.fill(2500, 200, 203);
  strictEqual(stuckRuns(wave, options).length, 3);
  deepStrictEqual(stuckRuns(new Float32Array(64), { rateHz: 256, limits: null }), [
    { start: 0, end: 64 },
  ]);
  deepStrictEqual(stuckRuns([], options), []);
});

Deno.test("chb01_03: F7-F3 is EEG_RULES' golden trace", async () => {
  const real = await readReal("chbmit/chb01_03_Seizure.edf");
  if (real === undefined) return;
  const graph = electrodeGraph(channels(real.labels));
  const path = pathBetween(graph, "F7", "F3")!;
  strictEqual(pathText(path), "−(FP1-F7) + (FP1-F3)");
  const digital = [0, 1, 2, 3, 4, 5].map((i) =>
    path.reduce((sum, { edge, sign }) => sum + sign * real.digital[edge.channel]![i]!, 0)
  );
  deepStrictEqual(digital, [-110, -111, -108, -99, -94, -88]);
  const [trace] = resolveMontage([[pair("F7", "F3")]], graph).traces;
  strictEqual(derive(real.physical, trace!.terms)[0]!.toFixed(4), "-42.9792");
});

Deno.test("chb01_03: P7-T7 and the second T8-P8 are exact copies, loops miss by up to 12 steps", async () => {
  const real = await readReal("chbmit/chb01_03_Seizure.edf");
  if (real === undefined) return;
  const at = (label: string, nth = 0) =>
    real.digital[real.labels.flatMap((each, i) => each === label ? [i] : [])[nth]!]!;
  const lsb = (terms: readonly [number, Int32Array][]) =>
    Math.max(
      ...terms[0]![1].map((_, i) =>
        Math.abs(terms.reduce((sum, [sign, values]) => sum + sign * values[i]!, 0))
      ),
    );
  // Digital 0 is +0.195 µV, so a negated copy is one step off its digital negation.
  ok(lsb([[1, at("P7-T7")], [1, at("T7-P7")]]) <= 1);
  strictEqual(lsb([[1, at("T8-P8")], [-1, at("T8-P8", 1)]]), 0);
  const left = ["FP1-F7", "F7-T7", "T7-P7", "P7-O1"].map((
    label,
  ): [number, Int32Array] => [1, at(label)]);
  const inner = ["FP1-F3", "F3-C3", "C3-P3", "P3-O1"].map((
    label,
  ): [number, Int32Array] => [-1, at(label)]);
  ok(lsb([...left, ...inner]) <= 12);
});

Deno.test("Osas2002: C3-O1 comes from physical values", async () => {
  const real = await readReal("psg/Osas2002plusQRS.edf");
  if (real === undefined) return;
  const graph = electrodeGraph(channels(real.labels));
  const [trace] = resolveMontage([[pair("C3", "O1")]], graph).traces;
  strictEqual(trace!.path, "(EEG C3-M2) − (EEG O1-M2)");
  const values = derive(real.physical, trace!.terms);
  deepStrictEqual([...values.subarray(0, 3)].map((value) => value.toFixed(5)), [
    "-14.66606",
    "-14.04994",
    "-16.58708",
  ]);
});

Deno.test("eegmmidb: 64 electrodes in one average, by one assumed reference", async () => {
  const real = await readReal("eegmmidb/S001R03.edf");
  if (real === undefined) return;
  const graph = electrodeGraph(channels(real.labels));
  const { average, traces, missing, assumesReference } = resolveMontage(
    standardMontage("average", graph),
    graph,
  );
  deepStrictEqual([average.length, traces.length, missing.length, assumesReference], [
    64,
    64,
    0,
    true,
  ]);
});

/** Labels, integers and physical values of a real file, or undefined where it is not there. */
async function readReal(path: string) {
  const bytes = await readShared(path);
  if (bytes === undefined) return undefined;
  const { file, samples } = await readWholeEdf(bytes);
  const signals = file.signals.filter((signal) => !signal.isAnnotation);
  return {
    labels: signals.map(({ label }) => label),
    digital: samples,
    // Only channels of EEG matter here; a degenerate calibration has no physical values.
    physical: signals.map(({ label, calibration }, i) =>
      parseChannelLabel(label).type === "eeg" && calibration !== null
        ? toPhysical(samples[i]!, calibration)
        : []
    ),
  };
}
