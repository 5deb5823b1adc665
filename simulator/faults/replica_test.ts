/**
 * Query on a real standby: what is committed on the primary is read from the replica, live tails hear of it,
 * and a replica that stands still is told of.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { sleep } from "@wavekeep/core/service/sleep";
import { join } from "node:path";
import { Fleet } from "./fleet.ts";
import { startAll, turns } from "./run_services.ts";
import { Stage } from "./stage.ts";
import { Standby } from "./standby.ts";

Deno.test("query reads from a replica, and says how far it is behind", async () => {
  const { signal } = new AbortController();
  await using stage = await Stage.open({ signal, isReadByTasks: true });
  await using standby = await Standby.follow(stage.database, {
    folder: join(stage.folder, "standby"),
  });
  await using services = new AsyncDisposableStack();
  const [ingest] = await startAll(stage, services, 1);
  const query = services.use(
    await stage.service("query", {
      env: {
        "DATABASE_URL": stage.loginUrl("reader", standby.port),
        "REPLICA_STALE_SECONDS_MAX": "2",
      },
    }),
  );
  query.start();
  await query.ready();
  using fleet = await Fleet.open(stage, {
    name: "replica",
    seed: 7,
    devices: 1,
    urls: [ingest!.url],
    pauseMsMax: 50,
  });
  fleet.start();
  await fleet.streams(4);
  const headers = { authorization: `Bearer ${await stage.token("clinician", "reader")}` };
  const listed = async () => {
    const answer = await fetch(`${query.url}/recordings`, { headers });
    const stale = answer.headers.get("wavekeep-stale-seconds");
    return { stale: Number(stale), body: await answer.json(), status: answer.status };
  };
  let seen = await listed();
  while (seen.body.recordings.length === 0) {
    await sleep(50);
    seen = await listed();
  }
  strictEqual(seen.status, 200);
  ok(seen.stale >= 0, `stale for ${seen.stale} s`);
  const [{ patient_id: patient, recording_id: recording }] = seen.body.recordings;
  const live = await fetch(`${query.url}/patients/${patient}/recordings/${recording}/live`, {
    headers,
  });
  strictEqual(live.status, 200);
  const events = live.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let text = "";
  const more = async () => {
    const { value = "" } = await events.next();
    text += value;
  };
  // The second event can only be there because a commit was told of.
  while (text.split("\n\n").filter((event) => event.includes("data:")).length < 3) await more();
  await events.return?.();
  // Replay stands still: the primary goes on, and the replica does not hear of it.
  await standby.sql("select pg_wal_replay_pause()");
  const violations: string[] = [];
  await turns(query, "red", { withinMs: 60_000, violations });
  // Red may also be a readiness that took too long to answer; how old answers are grows by itself.
  let { stale } = await listed();
  for (let looks = 0; stale <= 2 && looks < 300; looks++) {
    await sleep(100);
    ({ stale } = await listed());
  }
  ok(stale > 2, `stale for ${stale} s`);
  await standby.sql("select pg_wal_replay_resume()");
  await turns(query, "green", { withinMs: 60_000, violations });
  strictEqual(violations.join(), "");
  await fleet.stop();
});
