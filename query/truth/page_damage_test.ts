// Bits flipped in PostgreSQL's own files (heap, TOAST, index), page checksums on and off: what query answers
// is what was stored, or says that it cannot be had, and never anything else (goal B3).

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { splitAnswer } from "@wavekeep/core/chunk";
import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import {
  createLogger,
  type EmbeddedPostgres,
  Secret,
  startEmbeddedPostgres,
} from "@wavekeep/core/service";
import type { Hono } from "hono";
import {
  inDatabase,
  makeClusterFolder,
  TEST_ENV,
  withLogin,
} from "../../core/testing/test_database.ts";
import { migrate } from "../../ingest/migrate.ts";
import { type StoredStream, storeStream } from "../../ingest/testing/stored_stream.ts";
import { createApp } from "../app.ts";
import { openDeps } from "../open_deps.ts";

const FLIPS = 200;
/** Bits that are turned at once, each on a page of its own: looking costs the same. */
const FLIPS_AT_ONCE = 20;
const CHUNKS = 60;
const CHUNKS_MEDIA_TYPE = "application/vnd.wavekeep.chunks";

/** Heap, its TOAST, their indexes: as `openDamaged` lists them. */
const FILE_OF_ROUND = [0, 1, 0, 1, 2, 0, 1, 0, 1, 3];

/** Bodies in their rows, two to a page, and bodies out of line. */
const RECORDINGS = { heap: 3, toast: 8 } as const;

interface Damaged {
  readonly server: EmbeddedPostgres;
  readonly app: Hono;
  readonly token: string;
  readonly stored: Readonly<Record<keyof typeof RECORDINGS, StoredStream>>;
  readonly files: readonly string[];
}

for (const withoutPageChecksums of [false, true]) {
  const name = withoutPageChecksums ? "without page checksums" : "with page checksums";
  Deno.test(`${FLIPS} flipped bits in the database's files are never good data, ${name}`, async () => {
    if (Deno.env.get(TEST_ENV.url) === undefined) return;
    const folder = await makeClusterFolder("wavekeep-damage-");
    const password = crypto.randomUUID();
    const server = await startEmbeddedPostgres({
      dataDir: `${folder}/postgres`,
      port: 0,
      superuserPassword: crypto.randomUUID(),
      ephemeral: true,
      withoutPageChecksums,
      // Nothing but us touches a page: what is on disk is what is read.
      settings: { "autovacuum": "off", "fsync": "off", "shared_buffers": "16MB" },
    });
    let close = () => Promise.resolve();
    try {
      const opened = await openDamaged(folder, { server, password });
      close = opened.close;
      await checkAll(opened.damaged, `${folder}/postgres`);
    } finally {
      await close();
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function openDamaged(
  folder: string,
  { server, password }: { readonly server: EmbeddedPostgres; readonly password: string },
): Promise<{ damaged: Damaged; close(): Promise<void> }> {
  const { sites } = await migrate(server.url, {
    passwords: { reader: password, audit: password },
    sites: ["damage"],
  });
  const siteId = sites[0]!.siteId;
  const keyStore = await fileKeyStore(`${folder}/keys`, { create: true });
  const stored: Record<string, StoredStream> = {};
  for (const [recordingCode, channelCount] of Object.entries(RECORDINGS)) {
    stored[recordingCode] = await storeStream(server.url, {
      siteId,
      keyStore,
      patientCode: recordingCode,
      recordingCode,
      channelCount,
      chunkCount: CHUNKS,
      value: (row, index) => (row * 7919 + index * 31) % 4096 - 2048,
    });
  }
  const files = await inDatabase(server.url, async (client) => {
    // Frozen and visible to all: no reader has a reason to write to a page.
    await client.query("vacuum (freeze, analyze)");
    await client.query("create extension pg_buffercache");
    const { rows } = await client.query<{ path: string }>(
      `with heap as (
          select c.oid, c.reltoastrelid from pg_class c join pg_inherits on inhrelid = c.oid
            where inhparent = 'wavekeep.chunk'::regclass
        ),
        part as (
          select 0 as n, oid from heap
          union all select 1, reltoastrelid from heap
          union all select 2, indexrelid from pg_index join heap on indrelid = heap.oid
          union all select 3, indexrelid from pg_index join heap on indrelid = reltoastrelid
        )
        select pg_relation_filepath(oid) as "path" from part order by n`,
    );
    return rows.map(({ path }) => path);
  });
  const { privateJwk, publicJwk } = await generateTokenKeys();
  await Deno.writeTextFile(`${folder}/public.jwk`, JSON.stringify(publicJwk));
  const query = await openDeps(
    {
      HOST: "127.0.0.1",
      PORT: 0,
      KEY_DIR: `${folder}/keys`,
      EXPORT_DIR: `${folder}/exports`,
      EXPORT_BYTES_MAX: 2 ** 30,
      TOKEN_PUBLIC_KEY_FILE: `${folder}/public.jwk`,
      LOG_LEVEL: "error",
      TRUSTED_PROXIES: "none",
      RATE_LIMITS: "",
      DATABASE_URL: new Secret(withLogin(server.url, "wavekeep_reader", password)),
      AUDIT_DATABASE_URL: new Secret(withLogin(server.url, "wavekeep_audit", password)),
      DURABILITY_EXCEPTIONS: ["fsync", "data_checksums", "full_page_writes", "synchronous_commit"],
    } as Parameters<typeof openDeps>[0],
    createLogger({ service: "query", write: () => {} }),
  );
  const token = await issueToken(privateJwk, {
    subject: "clinician-1",
    siteId,
    role: "clinician",
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
  });
  return {
    damaged: {
      server,
      app: createApp(query.deps),
      token,
      stored: stored as Damaged["stored"],
      files,
    },
    close: query.close,
  };
}

async function checkAll(damaged: Damaged, dataDir: string): Promise<void> {
  const whole = await lookAtAll(damaged);
  deepStrictEqual(whole, { good: 2 * CHUNKS, refused: 0, absent: 0 });
  await evict(damaged.server);
  const paths = damaged.files.map((path) => `${dataDir}/${path}`);
  const originals = await Promise.all(paths.map((path) => Deno.readFile(path)));
  strictEqual(paths.length, 4, "heap, TOAST, and an index each");
  let noticed = 0;
  let good = 0;
  for (let first = 0; first < FLIPS; first += FLIPS_AT_ONCE) {
    await evict(damaged.server);
    // One file a round: a broken index hides what else is broken.
    const file = FILE_OF_ROUND[first / FLIPS_AT_ONCE]!;
    for (let flip = first; flip < first + FLIPS_AT_ONCE; flip++) {
      await flipBit(paths[file]!, placeOf(flip, originals[file]!.byteLength));
    }
    const seen = await lookAtAll(damaged);
    if (seen.refused > 0 || seen.absent > 0) noticed++;
    good += seen.good;
    await evict(damaged.server);
    for (const [index, path] of paths.entries()) await Deno.writeFile(path, originals[index]!);
    await evict(damaged.server);
  }
  // Most bits of a page mean something; a round of twenty that nobody notices would be no damage at all.
  strictEqual(noticed, FILE_OF_ROUND.length);
  ok(good > 2 * CHUNKS, "what is beside the damage is still given");
  deepStrictEqual(await lookAtAll(damaged), whole, "as it was");
}

/** Strided over the file and within its pages: every file, many pages, other bits each time. */
function placeOf(
  flip: number,
  byteLength: number,
): { readonly byte: number; readonly bit: number } {
  const pages = byteLength / 8192;
  const page = Math.floor((flip * 0.6180339887 % 1) * pages);
  return { byte: 8192 * page + (flip * 2_654_435_761) % 8192, bit: flip % 8 };
}

async function flipBit(
  path: string,
  { byte, bit }: { readonly byte: number; readonly bit: number },
): Promise<void> {
  const file = await Deno.open(path, { read: true, write: true });
  try {
    const one = new Uint8Array(1);
    await file.seek(byte, Deno.SeekMode.Start);
    await file.read(one);
    one[0]! ^= 1 << bit;
    await file.seek(byte, Deno.SeekMode.Start);
    await file.write(one);
  } finally {
    file.close();
  }
}

/** What is in memory is forgotten, dirty pages written first. */
async function evict({ url }: EmbeddedPostgres): Promise<void> {
  await inDatabase(url, (client) => client.query("select * from pg_buffercache_evict_all()"));
}

/** Every chunk of both recordings, asked for in windows: the truth, a refusal, or nothing. */
async function lookAtAll(
  damaged: Damaged,
): Promise<{ good: number; refused: number; absent: number }> {
  const seen = { good: 0, refused: 0, absent: 0 };
  for (const [code, { chunks, segmentId }] of Object.entries(damaged.stored)) {
    for (let start = 0; start < CHUNKS; start += 20) {
      const query = `patient_id=${code}&recording_id=${code}&start=${start}&end=${start + 20}`;
      const response = await damaged.app.request(`/eeg?${query}&failed=mark`, {
        headers: { authorization: `Bearer ${damaged.token}`, accept: CHUNKS_MEDIA_TYPE },
      });
      const bytes = await response.bytes();
      if (response.status !== 200) {
        ok([500, 503].includes(response.status), `${response.status}`);
        seen.refused += 20;
        continue;
      }
      const told = new Set<number>();
      for (const record of splitAnswer(bytes)) {
        if (record.kind === "failed") {
          told.add(record.failed.sequence);
          seen.refused++;
          continue;
        }
        const sequence = chunks.findIndex((chunk) => isSame(chunk, record.bytes));
        ok(sequence >= start && sequence < start + 20, `${code} ${segmentId}: not what was stored`);
        ok(!told.has(sequence), "twice");
        told.add(sequence);
        seen.good++;
      }
      seen.absent += 20 - told.size;
    }
  }
  return seen;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
