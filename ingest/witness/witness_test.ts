import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  consistencyProof,
  formatAddCheckpoint,
  formatCheckpoint,
  formatNote,
  hashLeaf,
  MerkleTree,
  parseNote,
  parseSignatureLine,
  signNote,
  verifyNote,
} from "@wavekeep/core/log";
import { createLogger, serve } from "@wavekeep/core/service";
import { createAskWitnesses } from "../log/ask_witnesses.ts";
import type { LogHead } from "../log/log_store.ts";
import { keySeed, NOTE_CRYPTO, noteSigner, verifierText } from "../log/note_key.ts";
import { witnessApp } from "./app.ts";
import { fileWitnessMemory } from "./file_memory.ts";
import { parseOptions } from "./main.ts";
import { Witness, type WitnessMemory } from "./witness.ts";

const LOG = noteSigner(new Uint8Array(32).fill(1), "log.example/a", "ed25519");
const STRANGER = noteSigner(new Uint8Array(32).fill(2), "log.example/a", "ed25519");
const WITNESS = noteSigner(new Uint8Array(32).fill(3), "witness.example/w", "cosignature");
const logger = createLogger({ service: "test", write: () => {} });

/** A log whose leaves after the tenth depend on a branch. */
function treeOf(size: number, branch = 0): MerkleTree {
  const tree = new MerkleTree(nodeSha256);
  for (let i = 0; i < size; i++) {
    tree.append(hashLeaf(Uint8Array.of(i, i < 10 ? 0 : branch), nodeSha256));
  }
  return tree;
}

async function noteOf(tree: MerkleTree, { signer = LOG, origin = LOG.key.name } = {}) {
  const { size } = tree;
  const text = formatCheckpoint({ origin, size, root: tree.root(), extensions: [] });
  return formatNote({
    text,
    signatures: [await signNote(text, { ...signer, sha256: nodeSha256 })],
  });
}

async function requestOf(oldSize: number, tree: MerkleTree, signing = {}): Promise<Uint8Array> {
  const { size } = tree;
  const proof = oldSize > size
    ? []
    : consistencyProof({ oldSize, newSize: size }, tree.nodeHashOf, nodeSha256);
  return formatAddCheckpoint({ oldSize, proof, checkpoint: await noteOf(tree, signing) });
}

function memoryOf(): WitnessMemory & { note: Uint8Array | undefined } {
  return {
    note: undefined,
    read() {
      return Promise.resolve(this.note);
    },
    write(_log, note) {
      this.note = note;
      return Promise.resolve();
    },
  };
}

const witnessOf = (memory: WitnessMemory = memoryOf()) =>
  new Witness({ signer: WITNESS, logs: [LOG.key], memory, nowSeconds: () => 1_700_000_000 });

Deno.test("Witness signs a log that grows, also the same size again, and its signature holds", async () => {
  const witness = witnessOf();
  let last = 0;
  for (const size of [0, 1, 1, 7, 8, 300, 300]) {
    const tree = treeOf(size);
    const answer = await witness.addCheckpoint(await requestOf(last, tree));
    strictEqual(answer.status, 200, answer.body);
    const { text } = parseNote(await noteOf(tree));
    const signatures = [parseSignatureLine(answer.body.slice(0, -1))];
    const [verified] = await verifyNote({ text, signatures }, {
      keys: [WITNESS.key],
      crypto: NOTE_CRYPTO,
    });
    strictEqual(verified!.timestampSeconds, 1_700_000_000);
    last = size;
  }
});

Deno.test("Witness refuses what C2SP tlog-witness says, with its status, and remembers nothing of it", async () => {
  const memory = memoryOf();
  const witness = witnessOf(memory);
  strictEqual((await witness.addCheckpoint(await requestOf(0, treeOf(20)))).status, 200);
  const { note } = memory;
  const bent = await requestOf(20, treeOf(30));
  const good = new TextDecoder().decode(bent);
  const cases: [string, number, Uint8Array][] = [
    ["garbage", 400, new TextEncoder().encode("old 20\nhello\n\n")],
    [
      "a note that is none",
      400,
      formatAddCheckpoint({ oldSize: 20, proof: [], checkpoint: Uint8Array.of(7) }),
    ],
    [
      "an old size in another spelling",
      400,
      new TextEncoder().encode(good.replace("old 20", "old 020")),
    ],
    ["an old size above the checkpoint's", 400, await requestOf(20, treeOf(19))],
    ["an unknown log", 404, await requestOf(20, treeOf(30), { origin: "log.example/b" })],
    ["another key", 403, await requestOf(20, treeOf(30), { signer: STRANGER })],
    ["a stale old size", 409, await requestOf(10, treeOf(30))],
    ["a rollback", 409, await requestOf(15, treeOf(19))],
    ["another tree of the same size", 409, await requestOf(20, treeOf(20, 1))],
    ["a fork", 422, await requestOf(20, treeOf(30, 1))],
    [
      "no proof",
      422,
      formatAddCheckpoint({ oldSize: 20, proof: [], checkpoint: await noteOf(treeOf(30)) }),
    ],
  ];
  for (const [what, status, body] of cases) {
    const answer = await witness.addCheckpoint(body);
    strictEqual(answer.status, status, `${what}: ${answer.body}`);
    deepStrictEqual(memory.note, note, what);
    ok(!answer.body.startsWith("—"), what);
  }
  const stale = await witness.addCheckpoint(await requestOf(10, treeOf(30)));
  deepStrictEqual([stale.contentType, stale.body], ["text/x.tlog.size", "20\n"]);
  strictEqual((await witness.addCheckpoint(bent)).status, 200);
});

Deno.test("Witness signs one of two branches that come at once", async () => {
  const witness = witnessOf();
  await witness.addCheckpoint(await requestOf(0, treeOf(10)));
  const answers = await Promise.all([
    witness.addCheckpoint(await requestOf(10, treeOf(20))),
    witness.addCheckpoint(await requestOf(10, treeOf(20, 1))),
  ]);
  deepStrictEqual(answers.map(({ status }) => status), [200, 409]);
});

Deno.test("Witness persists before it signs: a write that failed gives no signature", async () => {
  const memory = memoryOf();
  const witness = witnessOf({
    read: (log) => memory.read(log),
    write: () => Promise.reject(new Error("disk full")),
  });
  await rejects(witness.addCheckpoint(await requestOf(0, treeOf(10))), /disk full/);
  // Another branch may come now, because nobody has a signature.
  strictEqual(
    (await witnessOf(memory).addCheckpoint(await requestOf(0, treeOf(20, 1)))).status,
    200,
  );
});

Deno.test("a witness with a folder refuses a fork after a restart, over HTTP; an asker learns its size", async () => {
  const folder = await Deno.makeTempDir();
  const seed = await keySeed(`${folder}/witness.key`);
  strictEqual((await Deno.stat(`${folder}/witness.key`)).mode! & 0o777, 0o600);
  deepStrictEqual(await keySeed(`${folder}/witness.key`), seed);
  const signer = noteSigner(seed, "witness.example/f", "cosignature");
  const start = () =>
    serve(
      witnessApp(
        new Witness({
          signer,
          logs: [LOG.key],
          memory: fileWitnessMemory(folder),
          nowSeconds: () => 1,
        }),
        logger,
      ),
      { port: 0, logger },
    );
  const headOf = async (tree: MerkleTree, witnessedSize: number): Promise<LogHead> => ({
    logNumber: 1,
    origin: LOG.key.name,
    size: tree.size,
    root: tree.root(),
    note: await noteOf(tree),
    cursor: { xid: "0", eventId: "0" },
    publishedSize: 0,
    witnessedSize,
    revision: 0,
  });
  const ask = async (url: string, tree: MerkleTree, witnessedSize: number) => {
    const lines = await createAskWitnesses([{ url, key: signer.key }], { logger })({
      head: await headOf(tree, witnessedSize),
      proofFrom: (oldSize) =>
        Promise.resolve(
          consistencyProof({ oldSize, newSize: tree.size }, tree.nodeHashOf, nodeSha256),
        ),
    });
    return lines.length;
  };
  let serving = await start();
  try {
    strictEqual(await ask(serving.url, treeOf(12), 0), 1);
    // Believing in a size that was never signed, the asker is told, and asks again.
    strictEqual(await ask(serving.url, treeOf(40), 5), 1);
    await serving.close();
    serving = await start();
    strictEqual(await ask(serving.url, treeOf(50, 1), 40), 0);
    strictEqual(await ask(serving.url, treeOf(30), 30), 0);
    strictEqual(await ask(serving.url, treeOf(50), 0), 1);
    const post = (path: string, init: RequestInit) => fetch(`${serving.url}${path}`, init);
    const statuses = await Promise.all([
      post("/", {}),
      post("/add-checkpoint", {}),
      post("/add-checkpoint", { method: "POST", body: new Uint8Array(70_000) }),
    ].map(async (answer) => {
      const { status, body } = await answer;
      await body?.cancel();
      return status;
    }));
    deepStrictEqual(statuses, [404, 405, 413]);
    await serving.close();
    strictEqual(await ask(serving.url, treeOf(60), 50), 0);
  } finally {
    await serving.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("keySeed() refuses a key that others can read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await keySeed(`${folder}/log.key`);
    await Deno.chmod(`${folder}/log.key`, 0o644);
    await rejects(keySeed(`${folder}/log.key`), /others can reach it/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a witness that lost the note of a log refuses it, and one that never had one begins", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const memory = fileWitnessMemory(folder);
    strictEqual(await memory.read(LOG.key), undefined);
    const witness = witnessOf(memory);
    strictEqual((await witness.addCheckpoint(await requestOf(0, treeOf(20)))).status, 200);
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    const note = names.find((name) => name.endsWith(".checkpoint"))!;
    await Deno.remove(`${folder}/${note}`);
    // A fork from the beginning, which it would sign if it believed that it is new here.
    await rejects(witnessOf(memory).addCheckpoint(await requestOf(0, treeOf(30, 1))), /is lost/);
    const other = { ...LOG.key, name: "log.example/b" };
    strictEqual(await memory.read(other), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("parseOptions() refuses two keys of one log", () => {
  const log = (signer: typeof LOG) => ["--log", verifierText(signer)];
  const args = ["--folder", "f", "--name", "w", ...log(LOG)];
  ok(parseOptions(args));
  throws(() => parseOptions([...args, ...log(STRANGER)]), /comes twice/);
});
