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
