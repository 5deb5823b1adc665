/**
 * The script of a page that runs the codecs in the browser and leaves their digests for a test.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { getKernel } from "../../core/codec/kernel/instance.ts";
import { type CodecDigest, codecDigests } from "../../core/testing/codec_in_browser.ts";

/** What the page's global object holds when the script is through. */
export interface CodecPage {
  codecDigests?: readonly CodecDigest[];
  /** Whether WebAssembly did the work. */
  hasKernel?: boolean;
}

const page = globalThis as CodecPage;
page.hasKernel = getKernel() !== undefined;
page.codecDigests = codecDigests((bytes) => sha256(bytes));
