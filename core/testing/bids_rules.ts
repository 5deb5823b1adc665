/**
 * Layer 6, tests only. The rules of BIDS for one EEG dataset, written from the specification (1.9.0).
 *
 * Shares nothing with what writes datasets: names, entities and columns are spelt once more. It says
 * everything that it finds, in words that name the file.
 *
 * @see https://bids-specification.readthedocs.io/en/v1.9.0/
 * @module
 */

import { checkHeader } from "./bids_header.ts";
import { parseTable, type Table } from "./bids_table.ts";

/** Paths and bytes. */
export type Dataset = ReadonlyMap<string, Uint8Array>;

type Json = Record<string, unknown>;

const LABEL = "[0-9a-zA-Z]+";
const ENTITIES = `sub-${LABEL}_ses-${LABEL}_task-${LABEL}(?:_acq-${LABEL})?(?:_run-[0-9]+)?`;
const EEG_PATH = new RegExp(
  `^(sub-${LABEL})/(ses-${LABEL})/eeg/(${ENTITIES})_` +
    "(eeg\\.edf|eeg\\.bdf|eeg\\.json|channels\\.tsv|events\\.tsv|events\\.json)$",
);
const OTHER_PATHS = [
  /^(README|CHANGES|LICENSE|dataset_description\.json|participants\.(tsv|json))$/,
  new RegExp(`^(sub-${LABEL})/\\1_sessions\\.(tsv|json)$`),
  new RegExp(`^(sub-${LABEL})/(ses-${LABEL})/\\1_\\2_scans\\.(tsv|json)$`),
];

/** Types that the specification lists for channels of EEG. */
const CHANNEL_TYPES =
  ("AUDIO EEG EOG ECG EMG EYEGAZE GSR HEOG MISC PPG PUPIL REF RESP SYSCLOCK TEMP " +
    "TRIG VEOG").split(" ");

/** Keys of `_eeg.json`; a name spelt otherwise is a key that no reader looks for. */
const EEG_KEYS = new Set(
  ("TaskName EEGReference SamplingFrequency PowerLineFrequency SoftwareFilters HardwareFilters " +
    "InstitutionName InstitutionAddress InstitutionalDepartmentName Manufacturer " +
    "ManufacturersModelName SoftwareVersions TaskDescription Instructions CogAtlasID CogPOID " +
    "DeviceSerialNumber CapManufacturer CapManufacturersModelName EEGChannelCount ECGChannelCount " +
    "EMGChannelCount EOGChannelCount MiscChannelCount TriggerChannelCount RecordingDuration " +
    "RecordingType EpochLength EEGGround HeadCircumference EEGPlacementScheme " +
    "SubjectArtefactDescription ElectricalStimulation ElectricalStimulationParameters").split(" "),
);

/** @returns What is against the rules; nothing when all is well. */
export function checkBids(files: Dataset): string[] {
  const found: string[] = [];
  const say = (path: string, what: string) => found.push(`${path}: ${what}`);
  const text = (path: string) => {
    const bytes = files.get(path);
    if (bytes === undefined) say(path, "is not there");
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  };
  const json = (path: string): Json => {
    try {
      const value = JSON.parse(text(path) ?? "{}");
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    } catch { /* said below */ }
    say(path, "is no JSON object");
    return {};
  };
  const table = (path: string): Table => {
    const { table, findings } = parseTable(text(path) ?? "");
    findings.forEach((finding) => say(path, finding));
    return table;
  };

  const stems = new Map<string, { folder: string; suffixes: string[] }>();
  for (const path of files.keys()) {
    const match = EEG_PATH.exec(path);
    if (match === null) {
      if (!OTHER_PATHS.some((pattern) => pattern.test(path))) say(path, "no name that BIDS knows");
      continue;
    }
    const [, subject, session, stem, suffix] = match as unknown as string[];
    if (!stem!.startsWith(`${subject}_${session}_`)) say(path, "lies in another one's folder");
    const entry = stems.get(stem!) ?? { folder: `${subject}/${session}/eeg`, suffixes: [] };
    entry.suffixes.push(suffix!);
    stems.set(stem!, entry);
  }

  const description = json("dataset_description.json");
  for (const key of ["Name", "BIDSVersion"]) {
    if (typeof description[key] !== "string") say("dataset_description.json", `${key} is missing`);
  }
  if ((text("README") ?? "").length < 150) say("README", "says next to nothing");
  checkParticipants();
  if (stems.size === 0) say("", "no recording");
  for (const [stem, entry] of stems) checkRun(stem, entry);
  checkLists();
  return found;

  function checkParticipants(): void {
    const { columns, rows } = table("participants.tsv");
    if (columns[0] !== "participant_id") say("participants.tsv", "participant_id is not first");
    describes("participants.json", columns);
    const listed = rows.map(([id]) => id).sort();
    const there = [
      ...new Set(
        [...files.keys()].filter((path) => path.startsWith("sub-"))
          .map((path) => path.split("/")[0]),
      ),
    ].sort();
    if (JSON.stringify(listed) !== JSON.stringify(there)) {
      say("participants.tsv", `lists ${listed}, the folders are ${there}`);
    }
  }

  /** Columns that the specification does not define have to be described. */
  function describes(path: string, columns: readonly string[]): Json {
    const sidecar = json(path);
    for (const column of columns) {
      if (sidecar[column] === undefined) say(path, `does not describe ${column}`);
    }
    for (const key of Object.keys(sidecar)) {
      if (!columns.includes(key)) say(path, `describes ${key}, which is no column`);
    }
    return sidecar;
  }

  function checkRun(
    stem: string,
    { folder, suffixes }: { folder: string; suffixes: string[] },
  ): void {
    const samples = suffixes.filter((suffix) => /^eeg\.[eb]df$/.test(suffix));
    if (samples.length !== 1) return void say(stem, `${samples.length} files of samples`);
    const at = `${folder}/${stem}_`;
    const eeg = json(`${at}eeg.json`);
    const channels = table(`${at}channels.tsv`);
    const task = /_task-([0-9a-zA-Z]+)/.exec(stem)![1];
    checkSidecar(`${at}eeg.json`, eeg, { channels, task: task! });
    checkChannels(`${at}channels.tsv`, channels);
    if (suffixes.includes("events.tsv")) checkEvents(at);
    else if (suffixes.includes("events.json")) say(`${at}events.json`, "has no table");
    const agree = { eeg, channels, isBdf: samples[0] === "eeg.bdf" };
    for (const finding of checkHeader(files.get(at + samples[0])!, agree)) {
      say(at + samples[0], finding);
    }
  }

  function checkSidecar(
    path: string,
    eeg: Json,
    { channels, task }: { channels: Table; task: string },
  ): void {
    for (const key of Object.keys(eeg)) {
      if (!EEG_KEYS.has(key)) say(path, `${key} is no key of an EEG sidecar`);
    }
    for (const key of ["TaskName", "EEGReference"]) {
      if (typeof eeg[key] !== "string" || eeg[key] === "") say(path, `${key} is missing`);
    }
    if (String(eeg.TaskName).replace(/[^0-9a-zA-Z]/g, "") !== task) {
      say(path, `TaskName is ${eeg.TaskName}, the file says ${task}`);
    }
    if (!(typeof eeg.SamplingFrequency === "number" && eeg.SamplingFrequency > 0)) {
      say(path, "SamplingFrequency is no number");
    }
    const line = eeg.PowerLineFrequency;
    if (!(line === "n/a" || typeof line === "number" && line > 0)) {
      say(path, "PowerLineFrequency is neither a number nor n/a");
    }
    for (const key of ["SoftwareFilters", "HardwareFilters"]) {
      const filters = eeg[key];
      if (filters === undefined && key === "HardwareFilters") continue;
      const isFilters = typeof filters === "object" && filters !== null &&
        Object.values(filters).every((one) => typeof one === "object" && one !== null);
      if (filters !== "n/a" && !isFilters) say(path, `${key} is neither filters nor n/a`);
    }
    if (!["continuous", "epoched", "discontinuous"].includes(eeg.RecordingType as string)) {
      say(path, "RecordingType is none of the list");
    }
    if (typeof eeg.RecordingDuration !== "number") say(path, "RecordingDuration is no number");
    const counts = {
      EEG: "EEG",
      ECG: "ECG",
      EMG: "EMG",
      EOG: "EOG",
      Misc: "MISC",
      Trigger: "TRIG",
    };
    for (const [name, type] of Object.entries(counts)) {
      const stated = eeg[`${name}ChannelCount`];
      const counted = channels.rows.filter((row) => row[1] === type).length;
      if (stated !== counted) {
        say(path, `${name}ChannelCount is ${stated}, the table has ${counted}`);
      }
    }
  }

  function checkChannels(path: string, { columns, rows }: Table): void {
    if (columns.slice(0, 3).join() !== "name,type,units") {
      say(path, "does not begin with name, type, units");
    }
    const names = rows.map(([name]) => name);
    if (new Set(names).size !== names.length) say(path, "a name comes twice");
    if (names.includes("n/a")) say(path, "a channel has no name");
    const at = (column: string, row: readonly string[]) => row[columns.indexOf(column)];
    for (const row of rows) {
      if (!CHANNEL_TYPES.includes(row[1]!)) say(path, `${row[1]} is no type`);
      const status = at("status", row);
      if (status !== undefined && !["good", "bad", "n/a"].includes(status)) {
        say(path, `${status} is no status`);
      }
      if (columns.includes("sampling_frequency") && !(Number(at("sampling_frequency", row)) > 0)) {
        say(path, "sampling_frequency is no number");
      }
    }
  }

  function checkEvents(at: string): void {
    const path = `${at}events.tsv`;
    const { columns, rows } = table(path);
    if (columns.slice(0, 2).join() !== "onset,duration") {
      say(path, "does not begin with onset, duration");
    }
    const sidecar = describes(`${at}events.json`, columns);
    const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
    let last = -Infinity;
    for (const row of rows) {
      const [onset, duration] = row as [string, string];
      if (!number.test(onset)) say(path, `onset ${onset} is no number`);
      if (Number(onset) < last) say(path, "onsets are not in order");
      last = Number(onset);
      if (duration !== "n/a" && !(number.test(duration) && Number(duration) >= 0)) {
        say(path, `duration ${duration} is no number from 0`);
      }
      columns.forEach((column, index) => {
        const { Levels: levels } = (sidecar[column] ?? {}) as { Levels?: Json };
        if (levels && row[index] !== "n/a" && levels[row[index]!] === undefined) {
          say(path, `${row[index]} is no level of ${column}`);
        }
      });
    }
  }

  /** Sessions and scans list what is there, and nothing else. */
  function checkLists(): void {
    const folders = new Set([...stems.values()].map(({ folder }) => folder));
    for (const folder of folders) {
      const [subject, session] = folder.split("/") as [string, string];
      const sessions = table(`${subject}/${subject}_sessions.tsv`);
      if (sessions.columns[0] !== "session_id" || !sessions.rows.some(([id]) => id === session)) {
        say(`${subject}_sessions.tsv`, `does not list ${session}`);
      }
      const path = `${subject}/${session}/${subject}_${session}_scans.tsv`;
      const { columns, rows } = table(path);
      if (columns[0] !== "filename") say(path, "filename is not first");
      const listed = rows.map(([name]) => `${subject}/${session}/${name}`).sort();
      const there = [...files.keys()].filter((name) =>
        name.startsWith(`${folder}/`) && /_eeg\.[eb]df$/.test(name)
      ).sort();
      if (listed.join() !== there.join()) say(path, "does not list the files that are there");
      const when = columns.indexOf("acq_time");
      const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z?$/;
      for (const row of when < 0 ? [] : rows) {
        if (row[when] !== "n/a" && !time.test(row[when]!)) say(path, `${row[when]} is no acq_time`);
      }
    }
  }
}
