/**
 * What lies in every bundle for whoever opens it first.
 *
 * @module
 */

/** `README.txt`. */
export const README = `A recording, and the proof that it is what its device sent.

data/           the samples, as EDF+ or BDF+ files that any reader opens; "raw" what EDF cannot hold
manifest.json   whose recording, which device, which marks, where samples are missing and why
checkpoint      the state of a public log, signed; the recording's fingerprints are in that log
leaves.bin, proof.bin, chunks.bin
                the way from every second of samples to that signature
SHA256SUMS      digests of all files: "sha256sum -c SHA256SUMS" finds what was damaged on its way

To verify it you need this folder (or the tar file), the log's public key from somebody you trust
(not from here), and one command, which works without a network:

    deno run --allow-read wavekeep-verify.js FOLDER --log-key "NAME+ID+KEY"

wavekeep-verify.js is made by "deno task verifier" in a checkout of Wavekeep; take it from somebody you
trust, too, and not from here.

It says SOUND, or names every recording, chunk and second that differs. With --checkpoint FILE, a
checkpoint that you kept from an earlier day, it also says whether the log was rolled back.
core/proof/FORMAT.md of Wavekeep says what every byte is, for who would rather write the check anew.
`;
