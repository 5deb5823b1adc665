// Every EDF and BDF file of ../shared/data: what opens, as what, and with which findings; or why not.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatRate, formatSeconds } from "../time/mod.ts";
import { isCoreError } from "../error.ts";
import { listShared, readShared } from "../testing/shared_data.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { describeChannels } from "./describe_channels.ts";

/** `format records @first-onset rate:channels … marks; findings`, or `refused: message`. */
const FILES: Record<string, string> = {
  "bdf/Newtest17-256.bdf": "BDF 60 @0 256:17 0 marks",
  "bdf/edfjl_bdf_test.bdf":
    "BDF+C 73 @0 250:8 0 marks; reserved-format-disagrees plus-without-annotations",
  "bdf/edfjl_bdf_test.edf": "EDF+C 73 @0 250:8 0 marks; plus-without-annotations",
  "bdf/mne_test_bdf_stim_channel.bdf": "BDF 10 @0 500:4 0 marks",
  "chbmit/chb01_03_NonSeizure.edf": "EDF 41 @0 256:23 0 marks; label-not-unique",
  "chbmit/chb01_03_Seizure.edf": "EDF 41 @0 256:23 0 marks; label-not-unique",
  "chbmit/chb01_15_s1722-1772_reencoded.edf": "EDF 50 @0 256:23 0 marks; label-not-unique",
  "chbmit/chb01_18_s1710_edfplusD_reencoded.edf":
    "EDF+D 20 @0 @20 256:23 1 marks; label-not-unique",
  "chbmit/chb01_21_s317_edfplusD_reencoded.edf": "EDF+D 20 @0 @20 256:23 1 marks; label-not-unique",
  "chbmit/chb01_26_s1852_edfplusD_reencoded.edf":
    "EDF+D 20 @0 @20 256:23 1 marks; label-not-unique",
  "clinical/eeglab_test_16ch.edf": "EDF 60 @0 256:16 0 marks",
  "clinical/mne_test_139ch_512Hz.edf": "EDF+C 6 @0 512:139 5 marks",
  "clinical/nihonkohden_MB0400FU.EDF":
    "EDF+D 29 @0 200:25 4 marks; gap-missing-in-discontinuous-file",
  "eegmmidb/S001R01.edf": "EDF+C 61 @0 160:64 1 marks",
  "eegmmidb/S001R03.edf": "EDF+C 125 @0 160:64 30 marks",
  "eegmmidb/S001R04.edf": "EDF+C 125 @0 160:64 30 marks",
  "eegmmidb/S001R05.edf": "EDF+C 125 @0 160:64 30 marks",
  "eegmmidb/S001R06.edf": "EDF+C 125 @0 160:64 30 marks",
  "golden/bdf-24bit.bdf": "BDF+C 4 @0 32:1 0 marks",
  "golden/edf-annotations.edf": "EDF+C 8 @0 16:1 5 marks",
  "golden/edf-asymmetric.edf": "EDF+C 4 @0 32:1 4:1 0 marks",
  "golden/edf-narrow-digital.edf": "EDF+C 4 @0 16:2 0 marks",
  "golden/edf-negative-gain.edf": "EDF+C 4 @0 32:1 0 marks; physical-range-inverted",
  "golden/edf-symmetric.edf": "EDF+C 4 @0 64:1 0 marks",
  "malformed/S001R03_crlf-damaged.edf":
    "refused: Cannot accept EDF file: 2607197 bytes hold 125 records of 20640 bytes, header says 125, 10301 bytes are over (size-not-whole-records)",
  "malformed/bids_header_one_byte_short.edf":
    "refused: Cannot read EDF header field number of signals at offset 252: not an integer",
  "malformed/git_lfs_pointer.edf":
    "refused: Cannot read EDF header field version at offset 0: file is a Git LFS pointer, not the recording it points to",
  "malformed/uneven_samp_trailing_newline.edf":
    "EDF 11 @0 100:1 12.8:1 0 marks; start-date-unreadable start-time-unreadable trailing-bytes",
  "malformed/zero_records_header_only.edf": "EDF 0 100:1 0 marks; no-records",
  "parser-corpus/biotrace_emg_nonascii_annotations.edf":
    "EDF+C 60 @0 2048:1 4 marks; annotation-text-not-utf8",
  "parser-corpus/edfReader_bdfPlusC.bdf": "BDF+C 20 @0 200:11 2 marks",
  "parser-corpus/edfReader_edfPlusC.edf": "EDF+C 20 @0 200:11 2 marks",
  "parser-corpus/edfReader_edfPlusD.edf": "EDF+D 11 @0 @2 @4 @12 @15 @19 200:11 1 marks",
  "parser-corpus/kemp_calib.rec": "EDF 2 @0 100:1 0 marks",
  "parser-corpus/mne_duplicate_channel_labels.edf": "EDF+C 10 @0 250:3 0 marks; label-not-unique",
  "parser-corpus/mne_test_edf_stim_channel.edf": "EDF 1 @0 128:25 0 marks",
  "parser-corpus/mne_test_uneven_samp.edf": "EDF 11 @0 100:1 12.8:1 0 marks",
  "parser-corpus/mne_test_utf8_annotations.edf": "EDF+C 10 @0 200:11 2 marks",
  "parser-corpus/pyedflib_test_generator.bdf": "BDF+C 30 @0 1000:1 800:1 500:1 975:1 999:1 0 marks",
  "parser-corpus/pyedflib_test_generator.edf": "EDF+C 600 @0 200:11 2 marks",
  "parser-corpus/pyedflib_test_generator_datarec_generator_0_5.bdf":
    "BDF+C 60 @0 2000:1 1600:1 1000:1 1950:1 1998:1 0 marks",
  "parser-corpus/pyedflib_test_legacy.edf":
    "EDF 600 @0 200:11 2 marks; annotation-signal-in-plain-file",
  "parser-corpus/pyedflib_test_subsecond.edf":
    "EDF+C 698 @0.3945312 128:1 4 marks; physical-range-inverted",
  "parser-corpus/teuniz_test_generator.edf": "EDF 900 @0 200:10 100:2 50:1 25:3 0 marks",
  "parser-corpus/teuniz_test_generator_2.bdf": "BDF+C 600 @0 200:11 2 marks",
  "parser-corpus/teuniz_test_generator_2.edf": "EDF+C 600 @0 200:11 2 marks",
  "psg/Osas2002plusQRS.edf": "EDF+C 120 @0 100:16 0.1:1 1556 marks",
  "psg/SC4001EC-Hypnogram.edf": "EDF+C 1 154 marks; annotations-only",
  "psg/capsleep_brux2_5ch.edf": "EDF 100 @0 256:5 0 marks",
  "psg/short_psg.edf": "EDF 10 @0 100:3 1:4 0 marks",
  "wearable/seizeit2_sub-002_run-07_ecg.edf": "EDF+C 4316 @0 256:1 0 marks",
};

/** The many small files share one line for each folder. */
const FOLDERS: Record<string, string> = {
  "synthetic-many-small/chbmit/": "EDF+C 2 @0 256:23 0 marks; label-not-unique",
  "synthetic-many-small/seizeit/": "EDF+C 2 @0 250:26 0 marks",
  "synthetic-many-small/siena/": "EDF+C 2 @0 512:35 0 marks",
};

Deno.test("openEdf() reads or refuses every real file as the table says", async () => {
  const paths = (await listShared()).filter((path) => /\.(edf|bdf|rec)$/i.test(path));
  if (paths.length === 0) return;
  const found: Record<string, string> = {};
  const expected: Record<string, string | undefined> = {};
  for (const path of paths) {
    found[path] = await outcomeOf(path);
    const folder = Object.keys(FOLDERS).find((prefix) => path.startsWith(prefix));
    expected[path] = folder === undefined ? FILES[path] : FOLDERS[folder];
  }
  deepStrictEqual(found, expected);
  ok(Object.keys(FILES).every((path) => paths.includes(path)), "no row without a file");
  strictEqual(paths.length, 105);
});

async function outcomeOf(path: string): Promise<string> {
  try {
    const { file, annotations, samples } = await readWholeEdf((await readShared(path))!);
    const runs = await file.runs();
    const { streams } = describeChannels(file);
    ok(samples.every((channel) => channel.length > 0 || file.recordCount === 0));
    const codes = [...new Set(file.diagnostics.map(({ code }) => code))];
    return [
      file.format,
      String(file.recordCount),
      ...runs.map(({ onset }) => `@${formatSeconds(onset)}`),
      ...streams.map(({ rate, channels }) => `${formatRate(rate)}:${channels.length}`),
      `${annotations.length} marks${codes.length === 0 ? "" : ";"}`,
      ...codes,
    ].join(" ");
  } catch (err) {
    if (!isCoreError(err)) throw err;
    return `refused: ${err.message}`;
  }
}
