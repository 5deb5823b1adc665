/**
 * Two sites ask in turn, and at the same time, on one database connection of each service: nothing of the site
 * before is left on it. WAVEKEEP_ALTERNATING=10000 asks each service so often.
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { inDatabase } from "../test_database.ts";
import { freshId, markOf } from "./targets.ts";
import { type Asked, type LocalWorld as World, startWorld } from "./world.ts";

const COUNT = Number(Deno.env.get("WAVEKEEP_ALTERNATING") ?? 200);
/** Requests at the same moment: they wait for the connection in whatever order they come to it. */
const AT_ONCE = 8;
const SITES = ["own", "elsewhere"] as const;
type SiteName = typeof SITES[number];
const otherOf = (site: SiteName): SiteName => site === "own" ? "elsewhere" : "own";

async function onWorld(test: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld({ poolMax: 1 });
  if (world === undefined) return;
  try {
    await test(world);
  } finally {
    await world.close();
  }
}

/** Runs requests 0 to COUNT − 1, some at a time, sites in turn. */
async function alternate(ask: (index: number, site: SiteName) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < COUNT) {
      const index = next++;
      await ask(index, SITES[index % 2]!);
    }
  }));
}

Deno.test(`query: sites in turn on one connection, nobody sees the other's`, () =>
  onWorld(async (world) => {
    const { targets } = world;
    const seen = { found: 0, missing: 0, refused: 0 };
    await alternate(async (index, site) => {
      const authorization = await world.authorizationOf({
        role: "clinician",
        site: site === "own" ? "own" : "other",
      });
      const get = async (path: string) => {
        const asked: Asked = { service: "query", method: "GET", path };
        const response = await world.send(asked, authorization);
        return { status: response.status, text: await response.text() };
      };
      const own = targets[site];
      const theirs = targets[otherOf(site)];
      const base = ({ patient, recording }: typeof own) =>
        `/patients/${patient}/recordings/${recording}`;
      const paths = [
        "/recordings",
        base(own),
        base(theirs),
        `/eeg?patient_id=${own.patient}&recording_id=${own.recording}&start=0&end=1`,
        `${base(own)}/annotations`,
        `/segments/${theirs.fixture.hex}/streams/0/chunks/0`,
        `/eeg?patient_id=${own.patient}&recording_id=${own.recording}&start=1&end=0`,
        `/segments/${own.fixture.hex}/streams/0/chunks/1/proof`,
      ];
      // Half as fast as the sites change, or each site would ask for the same things always.
      const kind = (index >> 1) % paths.length;
      const { status, text } = await get(paths[kind]!);
      const want = kind === 2 || kind === 5 ? 404 : kind === 6 ? 422 : 200;
      strictEqual(status, want, `${paths[kind]}: ${text}`);
      seen[want === 200 ? "found" : want === 404 ? "missing" : "refused"]++;
      doesNotMatch(text, new RegExp(`${theirs.recording}|${theirs.annotationId}`), paths[kind]!);
      if (kind === 0) match(text, new RegExp(own.recording));
    });
    strictEqual(seen.found + seen.missing + seen.refused, COUNT);
    ok(seen.missing > COUNT / 10 && seen.refused > COUNT / 20, JSON.stringify(seen));
  }));

Deno.test(`ingest: sites in turn on one connection, nothing is written into the other's`, () =>
  onWorld(async (world) => {
    const { pipeline: { database }, targets } = world;
    const sent = new Map<string, SiteName>();
    let found = 0;
    await alternate(async (index, site) => {
      const authorization = await world.authorizationOf({
        role: "device",
        subject: "device-1",
        site: site === "own" ? "own" : "other",
      });
      const own = targets[site];
      const theirs = targets[otherOf(site)];
      const marks = (of: typeof own, id: string, text = "a mark"): Asked => ({
        service: "ingest",
        method: "POST",
        path: `/patients/${of.patient}/recordings/${of.recording}/annotations`,
        body: { annotations: [{ ...markOf(id), text }] },
      });
      const state = (of: typeof own): Asked => ({
        service: "ingest",
        method: "GET",
        path: `/segments/${of.fixture.hex}/state`,
      });
      const id = freshId();
      const kinds: readonly (readonly [Asked, number])[] = [
        [marks(own, id), 201],
        [state(own), 200],
        [marks(theirs, id), 404],
        [state(theirs), 404],
        // Stored with other content: the transaction is given up.
        [marks(own, own.annotationId, "another"), 207],
      ];
      const kind = (index >> 1) % kinds.length;
      if (kind === 0) sent.set(id, site);
      const [asked, want] = kinds[kind]!;
      const response = await world.send(asked, authorization);
      const text = await response.text();
      strictEqual(response.status, want, `${asked.path}: ${text}`);
      if (want < 300) found++;
      if (kind === 1) match(text, new RegExp(own.fixture.hex));
    });
    ok(found > COUNT / 2);
    await inDatabase(database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ id: string; siteId: number; ofRecording: number }>(
        `select encode(annotation_id, 'hex') as id, a.site_id as "siteId", r.site_id as "ofRecording"
          from wavekeep.annotation a join wavekeep.recording r using (recording_id)
          where annotation_id = any($1)`,
        [[...sent.keys()].map((id) => Uint8Array.fromHex(id))],
      );
      strictEqual(rows.length, sent.size);
      const siteIds = { own: database.siteId, elsewhere: database.otherSiteId };
      const wrong = rows.filter(({ id, siteId, ofRecording }) =>
        siteId !== siteIds[sent.get(id)!] || ofRecording !== siteId
      );
      deepStrictEqual(wrong, []);
    });
  }));
