// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * `start` end to end, with the real database, services and processes: asked over HTTP, in a browser, and by whoever
 * pushes names and numbers through every route; all of it with telemetry on.
 *
 * @module
 */

import { deepStrictEqual, fail, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { allRows, sampleOf } from "../core/testing/access/all_rows.ts";
import { askRows } from "../core/testing/access/ask_rows.ts";
import { startedGround } from "../core/testing/access/started_ground.ts";
import { fillWorld } from "../core/testing/access/world.ts";
import { CLIENT, receiveTelemetry } from "../core/testing/otlp_receiver.ts";
import { Said } from "../core/testing/phi_canaries.ts";
import {
  enrolPasskey,
  enrolPassword,
  signInWithPasskey,
  signInWithRecoveryCode,
  signOut,
} from "../viewer/testing/come_in.ts";
import { launchChromium } from "../viewer/testing/launch_chromium.ts";
import { createGenerator } from "./generator/generator.ts";
import { Secret, TOTP } from "otpauth";
import { pushCanaries } from "./testing/push_canaries.ts";
import {
  isAlive,
  processesNaming,
  runScript,
  type Started,
  startOn,
  waitUntil,
} from "./testing/started.ts";

const BASE_PORT = 8600;
const IS_LINUX = Deno.build.os === "linux";

/** What a span may say; no address is among it. */
const SPAN_ATTRIBUTES: readonly string[] = [
  "error.type",
  "http.request.method",
  "http.response.status_code",
  "http.route",
  "network.protocol.version",
  "url.scheme",
  "wavekeep.problem",
  "wavekeep.request_id",
];

interface Listed {
  duration_seconds: string;
  segment_count: number;
  holes: { kind: string; start: string; end: string }[];
  annotation_count: number;
}

async function demoRecording(started: Started): Promise<Listed | undefined> {
  const response = await started.query("/recordings?patient_id=demo");
  const text = await response.text();
  if (response.status !== 200) {
    const log = await Deno.readTextFile(`${started.dataDir}/logs/query.log`);
    fail(`${text}\n${log.split("\n").filter((line) => line.includes('"error"')).at(-1)}`);
  }
  const { recordings } = JSON.parse(text);
  return recordings[0];
}

/** Texts of the links that were printed. */
function linksOf(started: Started): string[] {
  return [...started.output().matchAll(/\/link#(\S+)/g)].map(([, text]) => text!);
}

/** Sample values of all channels over a window, as stored, by second of the recording. */
async function storedSeconds(
  started: Started,
  start: number,
  end: number,
): Promise<Map<number, number[]>> {
  const response = await started.query(
    `/eeg?patient_id=demo&recording_id=demo&start=${start}&end=${end}`,
    "application/vnd.wavekeep.columns+json",
  );
  strictEqual(response.status, 200);
  const { runs } = await response.json();
  const seconds = new Map<number, number[]>();
  for (const run of runs) {
    const columns = Object.values(run.columns) as number[][];
    for (let at = 0; at < run.sample_count; at += 256) {
      const second = Number(run.start_seconds) + at / 256;
      ok(!seconds.has(second), `second ${second} is there once`);
      seconds.set(second, columns.flatMap((column) => column.slice(at, at + 256)));
    }
  }
  return seconds;
}

Deno.test({
  name: "start: demo patient, killed service, kill -9, second start, Ctrl-C",
  ignore: !IS_LINUX,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-start-" });
    const dataDir = `${folder}/data`;
    await using receiver = receiveTelemetry();
    let started = await startOn(dataDir, BASE_PORT, ["--hours", "0.02"], receiver.env);
    try {
      await t.step("shows the demo recording, and the viewer answers", async () => {
        await waitUntil("the demo recording is listed", 60_000, async () => {
          const demo = await demoRecording(started);
          return demo !== undefined && Number(demo.duration_seconds) > 72;
        });
        const page = await fetch(`http://127.0.0.1:${started.ports.viewer}/`);
        strictEqual(page.status, 200);
        await page.body?.cancel();
        ok(started.output().includes(`http://localhost:${started.ports.viewer}/\n`));
      });

      await t.step("people of each role come in over links that are in no file", async () => {
        await waitUntil("six links are there", 30_000, () => linksOf(started).length === 6);
        const links = linksOf(started);
        const response = await fetch(`http://127.0.0.1:${started.ports.accounts}/links/look`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ token: links.at(-2) }),
        });
        const { kind, login } = await response.json();
        deepStrictEqual([kind, login], ["invitation", "admin"]);
        for await (const { name } of Deno.readDir(`${dataDir}/logs`)) {
          const text = await Deno.readTextFile(`${dataDir}/logs/${name}`);
          ok(links.every((link) => !text.includes(link.split(".")[1]!)), name);
        }
      });

      await t.step("no service gives a TRACE back", async () => {
        for (const [service, port] of Object.entries(started.ports)) {
          const answer = await rawAnswer(
            port,
            "TRACE / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer canary\r\n\r\n",
          );
          ok(answer.startsWith("HTTP/1.1 501 "), `${service}: ${answer}`);
          ok(!answer.includes("canary"), service);
        }
      });

      await t.step("keeps secrets in 0600 files below a 0700 folder", async () => {
        strictEqual((await Deno.stat(dataDir)).mode! & 0o777, 0o700);
        for (const name of ["credentials.json", "run.json", "demo.token", "token_private.jwk"]) {
          strictEqual((await Deno.stat(`${dataDir}/${name}`)).mode! & 0o777, 0o600, name);
        }
        const secret = JSON.parse(await Deno.readTextFile(`${dataDir}/credentials.json`));
        for (const value of [secret.database.superuser, secret.database.writer, secret.token.d]) {
          ok(!started.output().includes(value), "no secret on the console");
        }
      });

      await t.step(
        "ingest verifies in workers: its task lets it read what they are made of",
        async () => {
          const log = await Deno.readTextFile(`${dataDir}/logs/ingest.log`);
          ok(log.includes('"listening"'), "it logs there");
          deepStrictEqual(log.split("\n").filter((line) => /workers?\b/.test(line)), []);
        },
      );

      await t.step("services that run from bundles find the files of their /docs", async () => {
        for (const service of ["ingest", "query", "accounts"] as const) {
          for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "start.js"]) {
            const answer = await fetch(`http://127.0.0.1:${started.ports[service]}/docs/${file}`);
            strictEqual(answer.status, 200, `${service}: ${file}`);
            ok((await answer.text()).length > 50, `${service}: ${file}`);
          }
        }
      });

      await t.step("refuses a second start on the same folder and says who holds it", async () => {
        const second = await runScript("start.ts", [
          ...["--data", dataDir, "--base-port", String(BASE_PORT + 10)],
        ]);
        strictEqual(second.code, 1);
        match(second.stderr, new RegExp(`held by start with process id ${started.pid}`));
      });

      await t.step("refuses a port that is in use", async () => {
        const other = await runScript("start.ts", [
          ...["--data", `${folder}/other`, "--base-port", String(BASE_PORT), "--hours", "0"],
        ]);
        strictEqual(other.code, 1);
        match(other.stderr, new RegExp(`port ${BASE_PORT} is in use`));
      });

      await t.step("restarts a killed ingest; nothing is lost or doubled", async () => {
        const { pids } = await started.run();
        Deno.kill(pids["ingest"]!, "SIGKILL");
        await waitUntil("ingest has another process", 30_000, async () => {
          const next = (await started.run()).pids["ingest"];
          return next !== undefined && next !== pids["ingest"];
        });
        const before = Number((await demoRecording(started))!.duration_seconds);
        await waitUntil("the live stream goes on", 60_000, async () => {
          return Number((await demoRecording(started))!.duration_seconds) > before + 3;
        });
        await waitUntil("the backfill is complete", 60_000, async () => {
          return (await demoRecording(started))!.holes.length === 0;
        });
        const end = Math.floor(Number((await demoRecording(started))!.duration_seconds));
        const seconds = await storedSeconds(started, 0, end);
        strictEqual(seconds.size, end);
        const generator = await demoGenerator(dataDir);
        for (let second = 0; second < end; second += 5) {
          deepStrictEqual(seconds.get(second), [...generator.second(second)], `second ${second}`);
        }
      });

      await t.step("people come in through the pages: passkey, password and code", async () => {
        const { browser, close } = await launchChromium();
        const origin = `http://localhost:${started.ports.viewer}`;
        const seat = async () => {
          const page = await (await browser.newContext()).newPage();
          page.setDefaultTimeout(60_000);
          return page;
        };
        const invited = (name: string, index: number) => ({
          name,
          link: `${origin}/link#${linksOf(started).at(index)}`,
        });
        try {
          const admin = await seat();
          const device = await enrolPasskey(admin, invited("Administrator", -2));
          strictEqual(new URL(admin.url()).pathname, "/admin/people");
          await device.touch(false);
          await signOut(admin);
          await signInWithPasskey(admin, device);
          await admin.getByRole("row", { name: /Technologist/ }).first().waitFor();

          const auditor = await seat();
          const codeOf = (secret: string) =>
            new TOTP({ secret: Secret.fromBase32(secret) }).generate();
          const { recoveryCode } = await enrolPassword(auditor, codeOf, invited("Auditor", 3));
          await signOut(auditor);
          await signInWithRecoveryCode(auditor, "auditor", recoveryCode);
          strictEqual(new URL(auditor.url()).pathname, "/audit/patients");
          await auditor.goto(`${origin}/audit?kind=security.recovery-code-used`);
          await auditor.locator("tbody tr", { hasText: "security.recovery-code-used" }).waitFor();
          // What is not the role's is no page of it, in these processes either.
          const status = await auditor.evaluate(async () => (await fetch("/admin/devices")).status);
          strictEqual(status, 403);
        } finally {
          await close();
        }
      });

      await t.step(
        "processes: a row of each kind of the matrix, and canaries through every route",
        async (t) => {
          const world = await fillWorld(await startedGround(started));
          // All of it is `deno task access-matrix`.
          await t.step("who may do what", async () => {
            const rows = sampleOf(allRows(), 20261122).filter(({ kind }) =>
              !kind.includes("relay")
            );
            const { wrong, rows: asked } = await askRows(world, rows);
            deepStrictEqual(wrong, []);
            ok(asked > 40, `${asked} rows`);
          });
          await t.step(
            "no span, log, metric or problem has a name, a number or a sample",
            async () => {
              const said = new Said();
              await pushCanaries({ started, world, receiver, said });
              deepStrictEqual(said.hits, []);
              ok(said.size > 1_000, `${said.size} texts`);
              const keys = new Set(
                receiver.spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)),
              );
              ok(keys.has("http.route"));
              deepStrictEqual([...keys].filter((key) => !SPAN_ATTRIBUTES.includes(key)), []);
              // Devices and commands ask services, and their telemetry is no other.
              ok(receiver.spans.some(({ kind }) => kind === CLIENT));
            },
          );
          await world.close();
        },
      );

      await t.step("kill -9 of start leaves no orphan", async () => {
        const { pids } = await started.run();
        started.signal("SIGKILL");
        notStrictEqual(await started.ended, 0);
        await waitUntil(
          "every child has ended",
          30_000,
          async () =>
            Object.values(pids).every((pid) => !isAlive(pid)) &&
            (await processesNaming(folder)).length === 0,
        );
      });

      await t.step(
        "the next start finds the data and goes on with a new live segment",
        async () => {
          started = await startOn(dataDir, BASE_PORT, ["--hours", "0.02"]);
          await waitUntil("a third segment is there", 60_000, async () => {
            return (await demoRecording(started))?.segment_count === 3;
          });
          await waitUntil("its live stream flows", 60_000, async () => {
            const { holes } = (await demoRecording(started))!;
            return holes.length === 1 && holes[0]!.kind === "not-recorded";
          });
        },
      );

      await t.step("two Ctrl-C in a row drain and leave no process", async () => {
        started.signal("SIGINT");
        started.signal("SIGINT");
        strictEqual(await started.ended, 0, started.output());
        deepStrictEqual(await processesNaming(folder), []);
      });
    } finally {
      try {
        started.signal("SIGINT");
      } catch {
        // It has ended.
      }
      await started.ended;
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What a service answers to bytes, until it closes the connection. */
async function rawAnswer(port: number, text: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

/** The generator of the demo patient, made anew from what the device remembers. */
async function demoGenerator(dataDir: string) {
  for await (const entry of Deno.readDir(`${dataDir}/simulator`)) {
    if (!entry.name.endsWith(".json")) continue;
    const memory = JSON.parse(await Deno.readTextFile(`${dataDir}/simulator/${entry.name}`));
    const [hour, minute, second] = memory.startedAt.civil.slice(11).split(":").map(Number);
    return createGenerator({
      seed: 11,
      blockSeconds: Math.max(60, Number(memory.facts.backfill_seconds)),
      startSecondOfDay: hour * 3600 + minute * 60 + second,
    });
  }
  throw new Error("the demo device remembers nothing");
}
