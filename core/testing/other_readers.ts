/**
 * Testing. EDF files read by programs of other people, as integers.
 *
 * MNE is asked where Python has it (Debian's `python3-mne`); where not, one line says so, so that a green run is
 * not mistaken for a full one. It reads single-rate EDF+C: it flattens EDF+D and resamples mixed rates.
 *
 * @module
 */

// @ts-types="../edf/edfdecoder_types.d.ts"
import edfdecoder from "edfdecoder";

/** A signal as another program has it. */
export interface ReadSignal {
  readonly label: string;
  readonly samples: Int32Array;
}

/** Every signal of a 16-bit file, annotation signals included, by npm:edfdecoder. */
export function readByEdfDecoder(bytes: Uint8Array<ArrayBuffer>): ReadSignal[] {
  const decoder = new edfdecoder.EdfDecoder();
  decoder.setInput(bytes.buffer);
  decoder.decode();
  const edf = decoder.getOutput()!;
  return Array.from({ length: edf.getNumberOfSignals() }, (_, index) => ({
    label: edf.getSignalLabel(index),
    samples: Int32Array.from(
      Array.from({ length: edf.getNumberOfRecords() }, (_, record) => [
        ...edf.getRawSignal(index, record),
      ]).flat(),
    ),
  }));
}

/** Physical values back to integers by the header's own numbers; what is far from one is no integer. */
const SCRIPT = `
import json, sys
import mne
raw = mne.io.read_raw_edf(sys.argv[1], preload=True, verbose="ERROR")
lines = {"rate": raw.info["sfreq"], "signals": []}
for name, row in zip(raw.ch_names, raw.get_data(units="uV")):
    lines["signals"].append({"label": name, "microvolts": row.tolist()})
print(json.dumps(lines))
`;

/** What MNE says of a file. */
export interface ReadByMne {
  readonly rate: number;
  readonly signals: readonly { readonly label: string; readonly microvolts: readonly number[] }[];
}

/** Interpreters that may have it: Debian's packages are seen by Debian's own. */
const PYTHONS = ["/usr/bin/python3", "python3"];

/** @returns Undefined, after one line, where no Python has MNE. */
export async function readByMne(path: string): Promise<ReadByMne | undefined> {
  for (const python of PYTHONS) {
    let answer;
    try {
      answer = await new Deno.Command(python, {
        args: ["-c", SCRIPT, path],
        stdout: "piped",
        stderr: "piped",
      }).output();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    const words = new TextDecoder().decode(answer.stderr);
    if (answer.success) return JSON.parse(new TextDecoder().decode(answer.stdout));
    if (!/No module named '(mne|numpy|scipy)'/.test(words)) throw new Error(`MNE failed: ${words}`);
  }
  await Deno.stdout.write(new TextEncoder().encode("MNE not asked: python3-mne is not there\n"));
  return undefined;
}
