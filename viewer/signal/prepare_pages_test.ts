import { deepStrictEqual } from "node:assert/strict";
import { rendererScenes, SCENE_SIZE } from "../testing/renderer_scenes.ts";
import { preparePages } from "./prepare_pages.ts";

Deno.test("preparePages() takes a step at a time, likeliest first, and no more pages than fit", () => {
  const scenes = rendererScenes().slice(0, 4).map(({ scene }) => scene);
  const done: string[] = [];
  const host = {
    room: () => 3,
    prepare(traces: readonly { readonly runs: readonly unknown[] }[]) {
      const page = scenes.findIndex((scene) => scene.page.rows[0]!.runs[0] === traces[0]!.runs[0]);
      // The second page is there already.
      if (page === 1) return undefined;
      let left = traces.length;
      return {
        step() {
          done.push(`page ${page}`);
          return --left > 0;
        },
      };
    },
  };
  const steps = preparePages(scenes, { ...SCENE_SIZE, scale: 1 }, host);
  steps.next();
  deepStrictEqual(done, ["page 0"]);
  while (!steps.next().done);
  deepStrictEqual(done, ["page 0", "page 0", "page 2", "page 2"]);
});
