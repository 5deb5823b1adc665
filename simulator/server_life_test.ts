import { doesNotThrow, strictEqual, throws } from "node:assert/strict";
import { RefusedError } from "./ingest_client.ts";
import { RestoredError, ServerLife } from "./server_life.ts";

const forgotten = new RefusedError("Cannot store chunk", 409, "segment-unknown");

Deno.test("ServerLife notices a later incarnation, and no earlier one", () => {
  const life = new ServerLife();
  for (const incarnation of [5, 5, 3]) life.heard(incarnation);
  doesNotThrow(() => life.check());
  life.heard(6);
  throws(() => life.check(), RestoredError);
  strictEqual(life.beginsAgain(new RestoredError("")), true);
  // What it hears first is the life that it is in now.
  life.heard(6);
  doesNotThrow(() => life.check());
});

Deno.test("ServerLife begins again when what was acknowledged is not known, and not for ever", () => {
  const life = new ServerLife();
  strictEqual(life.beginsAgain(forgotten), false, "nothing was opened yet: that is a refusal");
  let begun = 0;
  for (life.opened(); life.beginsAgain(forgotten); life.opened()) begun++;
  strictEqual(begun, 19);
  strictEqual(
    life.beginsAgain(new RefusedError("Cannot store chunk", 400, "chunk-corrupt")),
    false,
  );
});
