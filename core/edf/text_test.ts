import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { decodeText, latin1, parseInteger, withoutPadding } from "./text.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function check(bytes: string, text: string, encoding: string, hasControl = false): void {
  Deno.test(`decodeText() reads ${JSON.stringify(bytes)} as ${encoding}`, () => {
    deepStrictEqual(decodeText(bytesOf(bytes)), { text, encoding, hasControl });
  });
}

check("", "", "ascii");
check("EEG Fpz-Cz ~", "EEG Fpz-Cz ~", "ascii");
check("a\r\nb", "a\r\nb", "ascii", true);
check("a\x7fb", "a\x7fb", "ascii", true);
check("\xc2\xb5V", "µV", "utf-8");
check("\xce\xbcV", "μV", "utf-8");
check("\xb5V", "µV", "latin-1");
check("\xef\xbb\xbfx", "\ufeffx", "utf-8");
check("\xff\xfe\0x", "\xff\xfe\0x", "latin-1", true);

Deno.test("latin1() is not Windows-1252: every byte keeps its number", () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i);
  deepStrictEqual(Uint8Array.from(latin1(bytes), (letter) => letter.charCodeAt(0)), bytes);
  strictEqual(latin1(Uint8Array.of(0x80)), "\x80");
});

Deno.test("withoutPadding() takes blanks and NULs off the end alone", () => {
  strictEqual(latin1(withoutPadding(bytesOf("  a \0b \0 \0"))), "  a \0b");
  strictEqual(withoutPadding(bytesOf(" \0 ")).length, 0);
});

Deno.test("parseInteger() reads digits with a sign and nothing else", () => {
  const texts = ["0", "-0", "+7", "-32768", "007", "9007199254740991"];
  deepStrictEqual(texts.map(parseInteger), [0, 0, 7, -32768, 7, 9007199254740991]);
  const refused = [
    "",
    "+",
    "-",
    " 1",
    "1 ",
    "12x",
    "1.0",
    "1e3",
    "0x1",
    "--1",
    "９",
    "9007199254740992",
  ];
  deepStrictEqual(refused.filter((text) => parseInteger(text) !== undefined), []);
});
