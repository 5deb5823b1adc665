import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { join } from "node:path";
import { isCoreError } from "../error.ts";
import { fileKeyStore, PatientErasedError } from "./key_store.ts";

const PATIENT = "018f6d3e-1111-7222-8333-444455556666";
const OTHER = "018f6d3e-1111-7222-8333-444455556667";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "wavekeep-keys-" });
  try {
    await test(join(parent, "keys"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o777;

Deno.test("fileKeyStore() makes folders 0700 and files 0600, whatever the umask", async () => {
  const umask = Deno.umask(0o000);
  try {
    await withFolder(async (folder) => {
      const store = await fileKeyStore(folder, { create: true });
      await store.createPatientKey(PATIENT);
      strictEqual(await mode(folder), 0o700);
      strictEqual(await mode(join(folder, "patients")), 0o700);
      strictEqual(await mode(join(folder, "master.key")), 0o600);
      strictEqual(await mode(join(folder, "patients", `${PATIENT}.key`)), 0o600);
    });
  } finally {
    Deno.umask(umask);
  }
});

Deno.test("fileKeyStore() keeps a patient's key and no two are alike", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    const key = await store.createPatientKey(PATIENT);
    strictEqual(key.byteLength, 32);
    deepStrictEqual(await store.createPatientKey(PATIENT), key);
    notDeepStrictEqual(await store.createPatientKey(OTHER), key);
    const reopened = await fileKeyStore(folder);
    deepStrictEqual(await reopened.patientKey(PATIENT), key);
    strictEqual(await reopened.patientKey("018f6d3e-1111-7222-8333-000000000000"), undefined);
  });
});

Deno.test("fileKeyStore() gives racing callers one key, and leaves no draft behind", async () => {
  await withFolder(async (folder) => {
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => fileKeyStore(folder, { create: true })),
    );
    const keys = await Promise.all(stores.map((store) => store.createPatientKey(PATIENT)));
    for (const key of keys) deepStrictEqual(key, keys[0]);
    for (const part of [folder, join(folder, "patients")]) {
      for await (const { name } of Deno.readDir(part)) ok(!name.endsWith(".new"), name);
    }
  });
});

Deno.test("fileKeyStore() stores no key in the clear", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    const key = await store.createPatientKey(PATIENT);
    const stored = await Deno.readFile(join(folder, "patients", `${PATIENT}.key`));
    ok(!Buffer.from(stored).includes(Buffer.from(key)));
  });
});

Deno.test("fileKeyStore() does not invent a master key for a service", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(folder, { mode: 0o700 });
    await rejects(fileKeyStore(folder), /master\.key is missing/);
  });
});

Deno.test("fileKeyStore() refuses a folder or a file that others can reach", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    await store.createPatientKey(PATIENT);
    await Deno.chmod(join(folder, "patients", `${PATIENT}.key`), 0o640);
    await rejects(
      (await fileKeyStore(folder)).patientKey(PATIENT),
      /mode is 0640, others can reach/,
    );
    await Deno.chmod(join(folder, "master.key"), 0o604);
    await rejects(fileKeyStore(folder), /master\.key: mode is 0604/);
    await Deno.chmod(join(folder, "master.key"), 0o600);
    await Deno.chmod(folder, 0o750);
    await rejects(fileKeyStore(folder), /mode is 0750/);
  });
});

Deno.test("fileKeyStore() refuses a damaged, swapped or foreign key file", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    await store.createPatientKey(PATIENT);
    await store.createPatientKey(OTHER);
    const path = (patient: string) => join(folder, "patients", `${patient}.key`);
    const isCorrupt = (error: unknown) => isCoreError(error, "CorruptInputError");
    // One patient's file in another's place does not open.
    await Deno.copyFile(path(OTHER), path(PATIENT));
    await rejects((await fileKeyStore(folder)).patientKey(PATIENT), isCorrupt);
    await Deno.writeFile(path(OTHER), new Uint8Array(60));
    await rejects((await fileKeyStore(folder)).patientKey(OTHER), isCorrupt);
    await Deno.writeFile(join(folder, "master.key"), new Uint8Array(31));
    await rejects(fileKeyStore(folder), isCorrupt);
  });
});

Deno.test("destroyPatientKey() erases one patient and nobody else", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    await store.createPatientKey(PATIENT);
    const other = await store.createPatientKey(OTHER);
    await store.destroyPatientKey(PATIENT);
    await store.destroyPatientKey(PATIENT);
    strictEqual(await store.patientKey(PATIENT), undefined);
    deepStrictEqual(await store.patientKey(OTHER), other);
    const elsewhere = await fileKeyStore(folder);
    for (const each of [store, elsewhere]) {
      deepStrictEqual([await each.isDestroyed(PATIENT), await each.isDestroyed(OTHER)], [
        true,
        false,
      ]);
    }
  });
});

Deno.test("isDestroyed() tells a key that was destroyed from one that is lost or never was", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    strictEqual(await store.isDestroyed(PATIENT), false);
    await store.createPatientKey(PATIENT);
    await Deno.remove(join(folder, "patients", `${PATIENT}.key`));
    strictEqual(await store.isDestroyed(PATIENT), false);
    await store.destroyPatientKey(OTHER);
    strictEqual(await store.isDestroyed(OTHER), true, "an erasure that comes first counts");
  });
});

Deno.test("createPatientKey() makes no other key for a patient who was erased, in any process", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    const isErased = (error: unknown) => error instanceof PatientErasedError;
    await store.createPatientKey(PATIENT);
    await store.destroyPatientKey(PATIENT);
    await rejects(store.createPatientKey(PATIENT), isErased);
    await rejects((await fileKeyStore(folder)).createPatientKey(PATIENT), isErased);
    // Of a patient who never had a key, too: an erasure that comes first counts.
    await store.destroyPatientKey(OTHER);
    await rejects(store.createPatientKey(OTHER), isErased);
    strictEqual(await store.patientKey(PATIENT), undefined);
  });
});

Deno.test("fileKeyStore() takes UUIDs and nothing that could leave the folder", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true });
    for (const id of ["", "../master", "a/b", `${PATIENT}\0`, PATIENT.toUpperCase()]) {
      await rejects(store.patientKey(id), /id is no UUID/);
    }
    match(PATIENT, /^[0-9a-f-]{36}$/);
  });
});

Deno.test("patientKey() keeps a key while its very file is there, and notices an erasure elsewhere", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true, cacheMs: 0 });
    const elsewhere = await fileKeyStore(folder);
    const path = join(folder, "patients", `${PATIENT}.key`);
    await store.createPatientKey(PATIENT);
    notStrictEqual(await store.patientKey(PATIENT), await store.patientKey(PATIENT));
    await new Promise((resume) => setTimeout(resume, 1_100)); // until the file is no longer young
    const key = await store.patientKey(PATIENT);
    strictEqual(await store.patientKey(PATIENT), key);
    await Deno.chmod(path, 0o644);
    await rejects(store.patientKey(PATIENT), /others can reach/);
    await Deno.chmod(path, 0o600);
    const again = await store.patientKey(PATIENT);
    deepStrictEqual(again, key);
    notStrictEqual(again, key);
    await elsewhere.destroyPatientKey(PATIENT);
    strictEqual(await store.patientKey(PATIENT), undefined);
    await rejects(elsewhere.createPatientKey(PATIENT), PatientErasedError);
    strictEqual(await store.patientKey(PATIENT), undefined);
  });
});

Deno.test("patientKey() notices by its folder alone that a key is gone, and keeps the others", async () => {
  await withFolder(async (folder) => {
    const store = await fileKeyStore(folder, { create: true, cacheMs: 400 });
    const elsewhere = await fileKeyStore(folder);
    const path = join(folder, "patients", `${PATIENT}.key`);
    await store.createPatientKey(PATIENT);
    const other = await store.createPatientKey(OTHER);
    const pass = (ms: number) => new Promise((resume) => setTimeout(resume, ms));
    await pass(1_100); // until nothing is young
    await store.patientKey(PATIENT);
    await pass(450);
    const key = await store.patientKey(PATIENT);
    // A mode does not show in the folder; it is seen when the file's own turn has come.
    await Deno.chmod(path, 0o644);
    await pass(450);
    strictEqual(await store.patientKey(PATIENT), key);
    await Deno.chmod(path, 0o600);
    await elsewhere.destroyPatientKey(PATIENT);
    await pass(450);
    strictEqual(await store.patientKey(PATIENT), undefined);
    deepStrictEqual(await store.patientKey(OTHER), other);
  });
});
