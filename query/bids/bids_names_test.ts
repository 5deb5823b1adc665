import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ChannelType } from "@wavekeep/core/recording";
import { madeChannel } from "../testing/sealed_recording.ts";
import { bidsLabel, bidsType, channelNamesOf } from "./bids_names.ts";

Deno.test("bidsLabel() keeps codes apart that differ in anything", () => {
  const long = "a".repeat(40);
  const codes = [
    ...["ab", "a-b", "a_b", "a.b", "aZ2db", "Zab", "ZZab", "aZ-b", "-ab", "ab-"],
    ...[long, `${long}b`, `${long}-`, "abcdefghijklmn", "abcdefghijklmno"],
  ];
  const labels = codes.map(bidsLabel);
  strictEqual(new Set(labels).size, codes.length);
  ok(labels.every((label) => /^[0-9A-Za-z]{1,14}$/.test(label)), labels.join());
});

Deno.test("channelNamesOf() makes names that are unique and that EDF holds", () => {
  const labels = [
    "Fp1",
    "Fp1",
    "ch3",
    "",
    "n/a",
    "EDF Annotations",
    "-",
    "a\tb",
    "F3, F4",
    "x".repeat(17),
  ];
  const channels = labels.map((label, position) => madeChannel(position, { label }));
  deepStrictEqual(
    channelNamesOf(channels),
    ["Fp1", "Fp1#2", "ch3", "ch3x", "ch4", "ch5", "ch6", "ch7", "ch8", "ch9"],
  );
});

Deno.test("every type of a channel has one of BIDS's list", () => {
  const types = new Set(ChannelType.options.map(bidsType));
  deepStrictEqual([...types].sort(), [
    "AUDIO",
    "ECG",
    "EEG",
    "EMG",
    "EOG",
    "MISC",
    "REF",
    "RESP",
    "TEMP",
    "TRIG",
  ]);
});
