/**
 * The script of a page that runs the codecs in the browser and leaves their digests for a test.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { type CodecDigest, codecDigests } from "../../core/testing/codec_in_browser.ts";

/** What the page's global object holds when the script is through. */
export interface CodecPage {
  codecDigests?: readonly CodecDigest[];
}

(globalThis as CodecPage).codecDigests = codecDigests((bytes) => sha256(bytes));
