import { strictEqual } from "node:assert/strict";
import { isPortFree, urlAs } from "./database.ts";

Deno.test("urlAs() changes the login and nothing else, whatever the password holds", () => {
  const url = urlAs("postgres://root:old@db.example:5433/wavekeep?sslmode=require", "w", "p@s/s:%");
  const parsed = new URL(url);
  strictEqual(parsed.username, "w");
  strictEqual(decodeURIComponent(parsed.password), "p@s/s:%");
  strictEqual(
    `${parsed.host}${parsed.pathname}${parsed.search}`,
    "db.example:5433/wavekeep?sslmode=require",
  );
});

Deno.test("isPortFree() sees a listener", () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  strictEqual(isPortFree(port), false);
  listener.close();
  strictEqual(isPortFree(port), true);
});
