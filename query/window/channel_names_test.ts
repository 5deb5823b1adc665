import { deepStrictEqual, throws } from "node:assert/strict";
import { ProblemError } from "@wavekeep/core/problem";
import { madeChannel } from "../testing/sealed_recording.ts";
import { nameChannels, type NamedStreamInput, selectChannels } from "./channel_names.ts";

function stream(
  segmentNumber: number,
  stream: number,
  ...channels: [position: number, label: string, unit?: string][]
): NamedStreamInput {
  return {
    segmentNumber,
    stream,
    channels: channels.map(([position, label, unit = "uV"]) =>
      madeChannel(position, { label, unit })
    ),
  };
}

const namesOf = (streams: NamedStreamInput[]) => nameChannels(streams).map(({ name }) => name);

Deno.test("nameChannels() gives file order across streams of several rates", () => {
  deepStrictEqual(
    namesOf([stream(0, 0, [0, "Fp1"], [2, "Fp2"]), stream(0, 1, [1, "SpO2", "%"])]),
    ["Fp1", "SpO2", "Fp2"],
  );
});

Deno.test("nameChannels() keeps a name from segment to segment", () => {
  deepStrictEqual(
    namesOf([stream(0, 0, [0, "A"], [1, "A"]), stream(1, 0, [0, "A"], [1, "B"])]),
    ["A", "A#2", "A", "B"],
  );
});

Deno.test("nameChannels() never puts two units under one name", () => {
  deepStrictEqual(namesOf([stream(0, 0, [0, "A"]), stream(1, 0, [0, "A", "mV"])]), ["A", "A#2"]);
});

Deno.test("nameChannels() steps past a label that looks like a made name", () => {
  deepStrictEqual(namesOf([stream(0, 0, [0, "A#2"], [1, "A"], [2, "A"])]), ["A#2", "A", "A#3"]);
});

Deno.test("selectChannels() takes names and positions, in file order", () => {
  const named = nameChannels([stream(0, 0, [0, "A"], [1, "B"], [2, "B"])]);
  const select = (text?: string) => selectChannels(named, text).map(({ name }) => name);
  deepStrictEqual(select(undefined), ["A", "B", "B#2"]);
  deepStrictEqual(select("B#2, A"), ["A", "B#2"]);
  deepStrictEqual(select("@1"), ["B"]);
});

Deno.test("selectChannels() lists every name that no channel has", () => {
  const named = nameChannels([stream(0, 0, [0, "A"])]);
  throws(() => selectChannels(named, "A,X,@7"), (error: unknown) => {
    deepStrictEqual((error as ProblemError).slug, "channel-not-found");
    deepStrictEqual((error as ProblemError).details.errors?.length, 2);
    return true;
  });
  throws(() => selectChannels(named, ","), ProblemError);
});
