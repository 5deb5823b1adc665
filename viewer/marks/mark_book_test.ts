import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { AnnotationInput } from "@wavekeep/core/recording";
import type { MarkModel } from "../signal/recording_model.ts";
import { MemoryMarks } from "../testing/memory_marks.ts";
import { testMark } from "../testing/test_mark.ts";
import { MarkBook } from "./mark_book.ts";
import type { MarkFields } from "./mark_book_options.ts";
import { markOf } from "./mark_of.ts";

const spike: MarkFields = {
  kind: "note",
  term: "spike",
  text: "",
  onset: 12.5,
  duration: null,
  rows: null,
};

const detection: AnnotationInput = {
  "annotation_id": "d".repeat(32),
  version: 1,
  kind: "seizure",
  source: "algorithm",
  anchor: { coordinate: "recording", onset: "100" },
  duration: "30.5",
  text: "",
  channels: [1],
  status: "active",
  term: null,
  detection: { method: "line-length", version: "2.1", score: 0.9 },
};

let nextId = 0;

/** A reader at work; naps between attempts last until somebody asks to retry. */
function readerOf(
  server: MemoryMarks,
  reader: string,
  marks?: readonly MarkModel[],
  client = server.clientOf(reader),
): MarkBook {
  const { annotations, as_of: asOf } = server.list();
  return new MarkBook({
    marks: marks ?? annotations.flatMap((each) => markOf(each, [0, 1, 2]) ?? []),
    asOf,
    rowOfPosition: [0, 1, 2],
    client,
    anchorAt: (onset) => ({ coordinate: "recording", onset: String(onset) }),
    describe: ({ kind, onset }) => `${kind} ${onset}`,
    reader,
    now: () => 0,
    wait: (_ms, signal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
    newId: () => (++nextId).toString(16).padStart(32, "0"),
  });
}

async function serverWithDetection(): Promise<MemoryMarks> {
  const server = new MemoryMarks();
  await server.clientOf("detector").saveMark(detection);
  return server;
}

const newest = (server: MemoryMarks, id: string) =>
  server.versions.findLast(({ annotation_id }) => annotation_id === id)!;

Deno.test("a mark shows at once, is saved at once, and says which it is", async () => {
  const server = new MemoryMarks();
  const book = readerOf(server, "ada");
  let told = 0;
  book.subscribe(() => told++);
  const before = book.marks;
  const id = book.add(spike);
  strictEqual(book.marks.length, 1);
  ok(book.marks !== before);
  strictEqual(book.marks[0]!.saving, "saving");
  strictEqual(book.saving.pending, 1);
  await book.settled();
  strictEqual(book.marks[0]!.saving, "saved");
  deepStrictEqual([book.saving.pending, book.saving.failed, book.saving.lastSavedAt], [0, 0, 0]);
  deepStrictEqual([newest(server, id).version, newest(server, id).term], [1, "spike"]);
  ok(told >= 2);
});

Deno.test("every edit is undone by a version of its own, and done again by another", async () => {
  const server = new MemoryMarks();
  const book = readerOf(server, "ada");
  const id = book.add(spike);
  book.change(id, { onset: 13, duration: 2 });
  book.change(id, { text: "run of spikes", rows: [2, 0] });
  book.withdraw(id);
  await book.settled();
  strictEqual(book.marks.length, 0);
  strictEqual(book.undo(), "Undone: note 13 withdrawn");
  deepStrictEqual([book.marks[0]!.text, book.marks[0]!.rows], ["run of spikes", [2, 0]]);
  strictEqual(book.undo(), "Undone: note 13 changed");
  strictEqual(book.undo(), "Undone: note 13 moved");
  deepStrictEqual(book.marks.map(({ onset, text }) => [onset, text]), [[12.5, ""]]);
  strictEqual(book.redo(), "Done again: note 12.5 moved");
  await book.settled();
  const { onset_seconds, duration_seconds, version } = newest(server, id);
  deepStrictEqual([onset_seconds, duration_seconds, version], ["13", "2", 8]);
  strictEqual(book.undo(), "Undone: note 13 moved");
  strictEqual(book.undo(), "Undone: note 12.5 made");
  strictEqual(book.undo(), undefined);
  strictEqual(book.marks.length, 0);
  await book.settled();
  strictEqual(newest(server, id).status, "withdrawn");
});

Deno.test("an edit that changes nothing is no version and no step", async () => {
  const server = await serverWithDetection();
  const book = readerOf(server, "ada");
  book.change(detection.annotation_id, { text: "", kind: "seizure" });
  await book.settled();
  strictEqual(server.versions.length, 1);
  strictEqual(book.canUndo, false);
});

Deno.test("a review leaves the detection as it was, and undo goes back to what was stated", async () => {
  const server = await serverWithDetection();
  const book = readerOf(server, "ada");
  const { annotation_id: id } = detection;
  book.review(id, "accepted");
  book.review(id, "rejected");
  strictEqual(book.marks[0]!.review?.verdict, "rejected");
  await book.settled();
  strictEqual(book.undo(), "Undone: seizure 100 rejected");
  strictEqual(book.marks[0]!.review?.verdict, "accepted");
  book.undo();
  strictEqual(book.marks[0]!.review, null);
  await book.settled();
  strictEqual(server.versions.length, 1);
  deepStrictEqual(server.reviews.map(({ verdict }) => verdict), [
    "accepted",
    "rejected",
    "accepted",
    null,
  ]);
});

Deno.test("a detection that a person changes becomes theirs, and undo brings the detection back", async () => {
  const server = await serverWithDetection();
  const book = readerOf(server, "ada");
  const { annotation_id: id } = detection;
  book.review(id, "accepted");
  book.change(id, { duration: 40 });
  deepStrictEqual(
    [book.marks[0]!.source, book.marks[0]!.method, book.marks[0]!.review],
    ["human", null, null],
  );
  book.undo();
  await book.settled();
  const [first, second, third] = server.versions;
  strictEqual(second!.source, "human");
  deepStrictEqual(
    [third!.source, third!.detection, third!.duration_seconds],
    [first!.source, first!.detection, "30.5"],
  );
});

Deno.test("what was lost on the way is kept, said, and sent again with the same id", async () => {
  const server = new MemoryMarks();
  server.faults.push("answer-lost", "lost");
  const book = readerOf(server, "ada");
  const id = book.add(spike);
  book.change(id, { text: "one" });
  await book.settled();
  strictEqual(book.marks[0]!.saving, "failed");
  strictEqual(book.marks[0]!.text, "one");
  deepStrictEqual([book.saving.pending, book.saving.failed], [0, 2]);
  strictEqual(book.saving.error, "No answer from the server");
  book.retry();
  await book.settled();
  strictEqual(book.saving.failed, 2);
  book.retry();
  await book.settled();
  strictEqual(book.saving.failed, 0);
  strictEqual(book.saving.error, undefined);
  strictEqual(book.marks[0]!.saving, "saved");
  deepStrictEqual(server.versions.map(({ version, text }) => [version, text]), [[1, ""], [
    2,
    "one",
  ]]);
});

Deno.test("who comes second is put on top, and told", async () => {
  const server = await serverWithDetection();
  const [ada, ben] = [readerOf(server, "ada"), readerOf(server, "ben")];
  const { annotation_id: id } = detection;
  ada.change(id, { text: "left temporal" });
  await ada.settled();
  ben.change(id, { duration: 45 });
  await ben.settled();
  strictEqual(
    ben.notice,
    "Another reader changed seizure 100 first; your change is put on top of theirs",
  );
  const { version, text, duration_seconds } = newest(server, id);
  deepStrictEqual([version, text, duration_seconds], [3, "left temporal", "45"]);
  deepStrictEqual([ben.marks[0]!.text, ben.marks[0]!.duration], ["left temporal", 45]);
  ben.undo();
  await ben.settled();
  deepStrictEqual(
    [newest(server, id).text, newest(server, id).duration_seconds],
    ["left temporal", "30.5"],
  );
  await ada.refresh();
  deepStrictEqual([ada.marks[0]!.version, ada.marks[0]!.author], [4, "ben"]);
});

Deno.test("who comes second with the same change has nothing to save", async () => {
  const server = await serverWithDetection();
  const [ada, ben] = [readerOf(server, "ada"), readerOf(server, "ben")];
  ada.withdraw(detection.annotation_id);
  await ada.settled();
  ben.withdraw(detection.annotation_id);
  await ben.settled();
  strictEqual(server.versions.length, 2);
  deepStrictEqual([ben.marks.length, ben.saving.failed], [0, 0]);
});

Deno.test("news of a mark that is being edited goes below the edit", async () => {
  const server = await serverWithDetection();
  const [ada, ben] = [readerOf(server, "ada"), readerOf(server, "ben")];
  const { annotation_id: id } = detection;
  server.faults.push("lost");
  ada.change(id, { text: "mine" });
  await ada.settled();
  ben.change(id, { duration: 45 });
  await ben.settled();
  await ada.refresh();
  deepStrictEqual([ada.marks[0]!.text, ada.marks[0]!.duration], ["mine", 45]);
  strictEqual(ada.marks[0]!.saving, "failed");
  ada.retry();
  await ada.settled();
  deepStrictEqual([newest(server, id).text, newest(server, id).duration_seconds], ["mine", "45"]);
});

Deno.test("what is refused is kept with what follows it, keeps nothing else back, and can be given up", async () => {
  const server = await serverWithDetection();
  server.faults.push({ refused: "text is too long" });
  const book = readerOf(server, "ada");
  const { annotation_id: id } = detection;
  book.change(id, { text: "x".repeat(5000) });
  book.review(id, "accepted");
  book.add(spike);
  await book.settled();
  deepStrictEqual([book.saving.failed, book.saving.error], [2, "text is too long"]);
  strictEqual(book.marks.find((mark) => mark.id === id)!.saving, "failed");
  strictEqual(server.versions.length, 2);
  book.discard(id);
  deepStrictEqual([book.saving.failed, book.saving.error], [0, undefined]);
  const mark = book.marks.find((mark) => mark.id === id)!;
  deepStrictEqual([mark.text, mark.saving, mark.review], ["", "saved", null]);
});

Deno.test("merge() keeps the identity of what did not change", async () => {
  const server = await serverWithDetection();
  const book = readerOf(server, "ada");
  const [before] = book.marks;
  const list = book.marks;
  book.merge(server.list());
  strictEqual(book.marks, list);
  strictEqual(book.marks[0], before);
  await server.clientOf("ben").saveMark({ ...detection, version: 2, text: "new" });
  book.merge(server.list());
  strictEqual(book.marks[0]!.text, "new");
});

Deno.test("versions() tells who said what, and when", async () => {
  const server = await serverWithDetection();
  const book = readerOf(server, "ada");
  const { annotation_id: id } = detection;
  book.review(id, "rejected");
  book.change(id, { text: "artifact" });
  await book.settled();
  const versions = await book.versions(id);
  deepStrictEqual(
    versions.map(({ version, author, text, reviews }) => [version, author, text, reviews.length]),
    [[1, "detector", "", 1], [2, "ada", "artifact", 0]],
  );
  deepStrictEqual(await book.versions("f".repeat(32)), []);
});

Deno.test("ten thousand marks: an edit keeps the order, and copies only what it must", async () => {
  const marks = Array.from(
    { length: 10_000 },
    (_, i) => testMark({ id: i.toString(16).padStart(32, "f"), onset: i * 8.64, duration: 3 }),
  );
  const book = readerOf(new MemoryMarks(), "ada", marks);
  const before = book.marks;
  const id = book.add({ ...spike, onset: 43_200.001 });
  const at = book.marks.findIndex((mark) => mark.id === id);
  ok(book.marks[at - 1]!.onset <= 43_200.001 && book.marks[at + 1]!.onset > 43_200.001);
  strictEqual(book.marks.filter((mark, i) => mark === before[i < at ? i : i - 1]).length, 10_000);
  await book.settled();
});

/** A reader whose questions for changes wait until somebody lets them go. */
function slowReaderOf(server: MemoryMarks, reader: string) {
  const waiting: (() => void)[] = [];
  const client = server.clientOf(reader);
  const book = readerOf(server, reader, undefined, {
    ...client,
    // What is true when it is asked, told late.
    changes: async (moment) => {
      const answer = await client.changes(moment);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return answer;
    },
  });
  return { book, waiting };
}

async function asked(waiting: readonly unknown[]): Promise<void> {
  for (let turn = 0; turn < 50 && waiting.length === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  ok(waiting.length > 0, "changes are asked for");
}

Deno.test("an answer that is older than what was saved meanwhile does not take it back", async () => {
  const server = await serverWithDetection();
  const { book, waiting } = slowReaderOf(server, "ada");
  const done = book.refresh();
  await asked(waiting);
  book.review(detection.annotation_id, "rejected");
  await book.settled();
  waiting.shift()!();
  // It is asked again, and only that answer is taken in.
  await asked(waiting);
  strictEqual(book.marks[0]?.review?.verdict, "rejected");
  waiting.shift()!();
  await done;
  strictEqual(book.marks[0]?.review?.verdict, "rejected");
});

Deno.test("news that come while changes are asked for are not lost", async () => {
  const server = await serverWithDetection();
  const { book, waiting } = slowReaderOf(server, "ada");
  const done = book.refresh();
  await asked(waiting);
  const other = readerOf(server, "bert");
  other.review(detection.annotation_id, "accepted");
  await other.settled();
  void book.refresh();
  waiting.shift()!();
  await asked(waiting);
  waiting.shift()!();
  await done;
  strictEqual(book.marks[0]?.review?.by, "bert");
});
