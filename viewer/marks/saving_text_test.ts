import { strictEqual } from "node:assert/strict";
import { savingText } from "./saving_text.ts";

const idle = { pending: 0, failed: 0, lastSavedAt: undefined, error: undefined };
const at = new Date(2026, 10, 21, 14, 3, 12).getTime();

Deno.test("savingText() says saving, saved and when", () => {
  strictEqual(savingText(idle), "");
  strictEqual(savingText({ ...idle, pending: 2, lastSavedAt: at }), "Saving…");
  strictEqual(savingText({ ...idle, lastSavedAt: at }), "Saved 14:03:12");
});

Deno.test("savingText() says what was not saved, also while something else is on its way", () => {
  strictEqual(
    savingText({ pending: 1, failed: 1, lastSavedAt: at, error: "No answer from the server" }),
    "1 change is not saved, kept here (No answer from the server)",
  );
  strictEqual(savingText({ ...idle, failed: 3 }), "3 changes are not saved, kept here");
});
