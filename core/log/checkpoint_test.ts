/** Checkpoints: their text, and whom a policy believes. @module */

import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { ed25519Of, verifyByWebCrypto } from "../testing/ed25519.ts";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { singleBitFlips } from "../testing/corrupt.ts";
import {
  type Checkpoint,
  type CheckpointPolicy,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from "./checkpoint.ts";
import { formatNote, type NoteSignature } from "./note.ts";
import { cosignNote, signNote } from "./sign_note.ts";
import type { VerifierKey } from "./verifier_key.ts";

const TEXT =
  "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const CHECKPOINT: Checkpoint = {
  origin: "example.com/behind-the-sofa",
  size: 20852163,
  root: Uint8Array.fromHex("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"),
  extensions: [],
};
const crypto = { sha256, verify: verifyByWebCrypto };

const log = await keyOf(1, { name: CHECKPOINT.origin, type: "ed25519" });
const first = await keyOf(2, { name: "witness.example.com/w1", type: "cosignature" });
const second = await keyOf(3, { name: "witness.example.org/w2", type: "cosignature" });
const stranger = await keyOf(4, { name: "witness.example.net/w3", type: "cosignature" });

const POLICY: CheckpointPolicy = {
  origin: CHECKPOINT.origin,
  logKey: log.key,
  witnessKeys: [first.key, second.key],
  quorum: 2,
};

interface TestKey {
  readonly key: VerifierKey;
  readonly sign: (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
}

async function keyOf(seed: number, of: Pick<VerifierKey, "name" | "type">): Promise<TestKey> {
  const { publicKey, sign } = await ed25519Of(new Uint8Array(32).fill(seed));
  return { key: { ...of, publicKey }, sign };
}

function signedBy(text: string, keys: readonly TestKey[]): Promise<NoteSignature[]> {
  return Promise.all(
    keys.map(({ key, sign }) =>
      key.type === "ed25519"
        ? signNote(text, { key, sign, sha256 })
        : cosignNote(text, { key, sign, timestampSeconds: 1_700_000_000, sha256 })
    ),
  );
}

async function checkpointBy(keys: readonly TestKey[], text = TEXT): Promise<Uint8Array> {
  return formatNote({ text, signatures: await signedBy(text, keys) });
}

async function checkRefused(
  bytes: Uint8Array,
  field: string,
  policy: CheckpointPolicy = POLICY,
): Promise<void> {
  await rejects(
    openCheckpoint(bytes, { policy, crypto }),
    (err) => isCoreError(err, "CorruptInputError") && err.field === field,
  );
}

Deno.test("formatCheckpoint() and parseCheckpoint() on the specification's example", () => {
  strictEqual(formatCheckpoint(CHECKPOINT), TEXT);
  deepStrictEqual(parseCheckpoint(TEXT), CHECKPOINT);
  const extended = { ...CHECKPOINT, size: 0, extensions: ["one", "two "] };
  deepStrictEqual(parseCheckpoint(formatCheckpoint(extended)), extended);
  const largest = { ...CHECKPOINT, size: Number.MAX_SAFE_INTEGER };
  deepStrictEqual(parseCheckpoint(formatCheckpoint(largest)), largest);
});

const ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
const BAD_TEXTS = [
  "",
  "\n",
  "o\n1\n",
  `o\n1\n${ROOT}`,
  `\n1\n${ROOT}\n`,
  `o\n01\n${ROOT}\n`,
  `o\n-1\n${ROOT}\n`,
  `o\n1.0\n${ROOT}\n`,
  `o\n1e3\n${ROOT}\n`,
  `o\n 1\n${ROOT}\n`,
  `o\n\n${ROOT}\n`,
  `o\n1\n${ROOT.slice(0, -4)}\n`,
  `o\n1\n${ROOT.replace("2I=", "2J=")}\n`,
  `o\n1\n${ROOT}\n\nextension\n`,
];
Deno.test("parseCheckpoint() refuses what is none", () => {
  for (const text of BAD_TEXTS) {
    throws(() => parseCheckpoint(text), (err) => isCoreError(err, "CorruptInputError"), text);
  }
  throws(
    () => parseCheckpoint(`o\n9007199254740992\n${ROOT}\n`),
    (err) => isCoreError(err, "LimitExceededError"),
  );
});

Deno.test("openCheckpoint() believes the log and a quorum of witnesses", async () => {
  const opened = await openCheckpoint(await checkpointBy([log, first, stranger, second]), {
    policy: POLICY,
    crypto,
  });
  deepStrictEqual(opened.checkpoint, CHECKPOINT);
  strictEqual(opened.witnessCount, 2);
  deepStrictEqual(opened.signatures.map(({ timestampSeconds }) => timestampSeconds), [
    undefined,
    1_700_000_000,
    1_700_000_000,
  ]);
  const unwitnessed = await openCheckpoint(await checkpointBy([log]), {
    policy: { ...POLICY, quorum: 0 },
    crypto,
  });
  strictEqual(unwitnessed.witnessCount, 0);
});

Deno.test("openCheckpoint() counts a witness once, and strangers not at all", async () => {
  await checkRefused(await checkpointBy([log, first]), "quorum");
  await checkRefused(await checkpointBy([log, first, first]), "quorum");
  await checkRefused(await checkpointBy([log, first, stranger]), "quorum");
  // One key under two names is one witness.
  const alias = { ...first, key: { ...first.key, name: "witness.example.com/alias" } };
  const policy = { ...POLICY, witnessKeys: [first.key, alias.key] };
  await checkRefused(await checkpointBy([log, first, alias]), "quorum", policy);
});

Deno.test("openCheckpoint() refuses witnesses without the log, and another log's checkpoint", async () => {
  await checkRefused(await checkpointBy([first, second]), "signature");
  const other = formatCheckpoint({ ...CHECKPOINT, origin: "example.com/another" });
  await checkRefused(await checkpointBy([log, first, second], other), "origin");
});

Deno.test("openCheckpoint() refuses every flipped bit of a checkpoint that all known keys signed", async () => {
  const bytes = await checkpointBy([log, first]);
  const policy = { ...POLICY, witnessKeys: [first.key], quorum: 1 };
  strictEqual((await openCheckpoint(bytes, { policy, crypto })).witnessCount, 1);
  let refused = 0;
  for (const { damaged } of singleBitFlips(bytes)) {
    await rejects(openCheckpoint(damaged, { policy, crypto }), (err) => isCoreError(err));
    refused++;
  }
  ok(refused === 8 * bytes.byteLength);
});
