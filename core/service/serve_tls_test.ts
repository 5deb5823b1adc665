import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { Hono } from "hono";
import { connect } from "node:tls";
import { writeSelfSigned } from "../testing/self_signed.ts";
import { installEdge } from "./edge.ts";
import { createLogger } from "./json_log.ts";
import { serve } from "./serve.ts";
import { readTlsPair, tlsFilesOf } from "./tls_files.ts";

/** node:http checks its timeouts on timers that outlive the server's close. */
const OUTLIVED_BY_TIMERS = { sanitizeOps: false, sanitizeResources: false };

/** Cipher suites of TLS 1.2 that nobody should take any more, by what is wrong with them (RFC 9325 section 4). */
const WEAK_SUITES: Readonly<Record<string, readonly number[]>> = {
  "no encryption": [0x0001, 0x0002, 0x003b, 0xc006, 0xc010],
  "RC4": [0x0004, 0x0005, 0xc007, 0xc011],
  "3DES": [0x000a, 0xc008, 0xc012],
  "nobody's key": [0x0034, 0x006c, 0x00a6, 0xc018],
  "no forward secrecy": [0x002f, 0x0035, 0x003c, 0x009c, 0x009d],
  "CBC": [0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc027],
};
/** ECDHE with AES-GCM, for keys of either kind. */
const GOOD_SUITES = [0xc02b, 0xc02f, 0xc02c, 0xc030];

/** The greeting of a client that has TLS 1.2 and these suites (RFC 5246, section 7.4.1.2). */
function clientHello(suites: readonly number[]): Uint8Array<ArrayBuffer> {
  const u16 = (value: number) => [value >> 8, value & 255];
  const vector = (bytes: readonly number[]) => [...u16(bytes.length), ...bytes];
  const extensions = [
    [...u16(10), ...vector(vector([0x0017, 0x0018, 0x001d].flatMap(u16)))],
    [...u16(11), ...vector([1, 0])],
    [...u16(13), ...vector(vector([0x0403, 0x0503, 0x0804, 0x0401].flatMap(u16)))],
  ].flat();
  const random = [...crypto.getRandomValues(new Uint8Array(32))];
  const body = [3, 3, ...random, 0, ...vector(suites.flatMap(u16)), 1, 0, ...vector(extensions)];
  const handshake = [1, 0, ...vector(body)];
  return Uint8Array.of(22, 3, 1, ...vector(handshake));
}

/** Whether a server greets back, and does not end it there. */
async function takesOneOf(port: number, suites: readonly number[]): Promise<boolean> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(clientHello(suites));
  const head = new Uint8Array(6);
  const length = await connection.read(head).catch(() => null);
  // A record of a handshake whose first message is ServerHello; an alert is 21.
  return length !== null && head[0] === 22 && head[5] === 2;
}

/** What a client that trusts `cert` alone gets; the reason where it does not trust the server. */
async function get(url: string, cert: string): Promise<Response | string> {
  const client = Deno.createHttpClient({ caCerts: [cert] });
  try {
    const response = await fetch(url, { client });
    await response.body?.cancel();
    return response;
  } catch (error) {
    return String((error as Error).cause);
  } finally {
    client.close();
  }
}

Deno.test({
  name: "serve() with a certificate speaks TLS and nothing else, and takes up a new one",
  ...OUTLIVED_BY_TIMERS,
  async fn() {
    const folder = await Deno.makeTempDir();
    const lines: { msg: string; code?: string }[] = [];
    const logger = createLogger({
      service: "test",
      level: "debug",
      write: (line) => lines.push(JSON.parse(line)),
    });
    const { cert, ...tls } = await writeSelfSigned(folder);
    const app = new Hono();
    installEdge(app, { logger });
    app.get("/x", (c) => c.text(new URL(c.req.url).protocol));
    const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600, checkIntervalMs: 100 };
    const serving = await serve(app, { port: 0, logger, tls, limits });
    try {
      match(serving.url, /^https:/);
      const url = `https://localhost:${serving.port}/x`;
      const first = await get(url, cert) as Response;
      strictEqual(first.headers.get("strict-transport-security"), "max-age=31536000");
      strictEqual(first.status, 200);

      // A client that never greets, and one that greets and never asks, have an end.
      const silent = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
      strictEqual(await silent.read(new Uint8Array(1)).catch(() => null), null);
      silent.close();
      const half = connect({
        port: serving.port,
        host: "127.0.0.1",
        ca: cert,
        servername: "localhost",
      });
      half.write("GET /x HTTP/1.1\r\nhost: local");
      await new Promise((resolve) => half.once("close", resolve).resume().on("error", () => {}));
      // Plain HTTP is not answered as such.
      const plain = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
      await plain.write(new TextEncoder().encode("GET /x HTTP/1.1\r\nhost: a\r\n\r\n"));
      const answer = await new Response(plain.readable).text().catch(() => "");
      ok(!answer.includes("HTTP/1.1"), answer);
      await rejects(
        new Promise((_, reject) =>
          connect({
            ...{ port: serving.port, host: "127.0.0.1", ca: cert, servername: "localhost" },
            maxVersion: "TLSv1.1",
          }).on("error", reject)
        ),
      );

      strictEqual(await takesOneOf(serving.port, GOOD_SUITES), true);
      for (const [name, suites] of Object.entries(WEAK_SUITES)) {
        strictEqual(await takesOneOf(serving.port, suites), false, name);
      }

      // A pair that is none is not taken, the next one is; whoever renews says so by SIGHUP.
      const renewed = await Deno.makeTempDir({ dir: folder });
      const { cert: newCert } = await writeSelfSigned(renewed);
      await Deno.copyFile(`${renewed}/cert.pem`, tls.certFile);
      Deno.kill(Deno.pid, "SIGHUP");
      await until(() => lines.some(({ msg }) => msg.startsWith("certificate not read")));
      strictEqual((await get(url, cert) as Response).status, 200);
      await Deno.copyFile(`${renewed}/key.pem`, tls.keyFile);
      Deno.kill(Deno.pid, "SIGHUP");
      await until(() => lines.some(({ msg }) => msg === "certificate read"));
      strictEqual((await get(url, newCert) as Response).status, 200);
      match(await get(url, cert) as string, /certificate/);
    } finally {
      await serving.close(1_000);
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !isSo(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  ok(isSo());
}

Deno.test("readTlsPair() refuses what is no pair, is no PEM, or has expired, and quotes nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const one = await writeSelfSigned(folder);
    const elsewhere = await Deno.makeTempDir({ dir: folder });
    const other = await writeSelfSigned(elsewhere);
    const pair = await readTlsPair(one);
    notStrictEqual(pair.cert, other.cert);
    const refused = (files: { certFile: string; keyFile: string }, reason: RegExp, now?: number) =>
      rejects(readTlsPair(files, now), reason);
    await refused({ ...one, keyFile: other.keyFile }, /is not the key of/);
    await refused({ ...one, keyFile: `${folder}/absent` }, /no such file/);
    await refused({ ...one, keyFile: one.certFile }, /no PEM of a key$/);
    await refused({ ...one, certFile: one.keyFile }, /no PEM of a certificate$/);
    await refused(one, /expired/, pair.validTo);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tlsFilesOf() wants both files or none", async () => {
  strictEqual(tlsFilesOf({}), undefined);
  deepStrictEqual(tlsFilesOf({ "TLS_CERT_FILE": "a", "TLS_KEY_FILE": "b" }), {
    certFile: "a",
    keyFile: "b",
  });
  await rejects(async () => await tlsFilesOf({ "TLS_KEY_FILE": "b" }), /belong together/);
});
