/**
 * Layer 5. Every problem a Wavekeep service can answer with: slug, status, title.
 *
 * The whole error vocabulary of the HTTP interface. A title never varies; `detail` speaks of one
 * occurrence. Each slug has a page in `core/problems/`.
 *
 * @see RFC 9457, Problem Details for HTTP APIs
 * @module
 */

/** Status and fixed title of one problem type. */
export interface ProblemType {
  readonly status: number;
  readonly title: string;
}

/** The closed list of problem types, by slug. */
export const PROBLEMS = {
  "unauthenticated": { status: 401, title: "Credential is missing or not valid" },
  "sign-in-refused": { status: 401, title: "Sign-in is refused" },
  "session-ended": { status: 401, title: "Session is over" },
  "session-locked": { status: 403, title: "Session is locked" },
  "sign-in-too-old": { status: 403, title: "Sign-in lies too far back for this" },
  "account-locked-out": { status: 429, title: "Too many attempts to sign in" },
  "sign-in-busy": { status: 503, title: "Too many sign-ins at once" },
  "forbidden": { status: 403, title: "Credential does not allow this" },
  "not-found": { status: 404, title: "No such resource" },
  "method-not-allowed": { status: 405, title: "Method is not allowed here" },
  "method-not-implemented": { status: 501, title: "Method is implemented nowhere on this server" },
  "patient-restricted": { status: 403, title: "Patient is restricted" },
  "patient-erased": { status: 410, title: "Patient was erased on request" },
  "recording-moved": { status: 409, title: "Recording was reassigned" },
  "recording-not-found": { status: 404, title: "No such recording" },
  "segment-not-found": { status: 404, title: "No such segment" },
  "chunk-not-found": { status: 404, title: "No such chunk" },
  "parameter-set-not-found": { status: 404, title: "No such parameter set" },
  "proof-not-ready": { status: 404, title: "Proof is not ready yet" },
  "not-acceptable": { status: 406, title: "None of the accepted media types can be given" },
  "request-timeout": { status: 408, title: "Request took too long to arrive" },
  "validation": { status: 422, title: "Request does not match the schema" },
  "malformed-request": { status: 400, title: "Request is not HTTP, or can be read in two ways" },
  "head-too-large": { status: 431, title: "Request's head is larger than this server accepts" },
  "malformed-json": { status: 400, title: "Request body is not JSON" },
  "unsupported-media-type": { status: 415, title: "Media type is not supported" },
  "body-too-large": { status: 413, title: "Request body is larger than this server accepts" },
  "chunk-too-large": { status: 413, title: "Chunk is larger than this server accepts" },
  "too-many-requests": { status: 429, title: "Too many requests" },
  "content-digest-mismatch": { status: 400, title: "Body does not match its Content-Digest" },
  "checksum-mismatch": { status: 400, title: "Chunk bytes do not match their checksum" },
  "chunk-truncated": { status: 400, title: "Chunk ends early" },
  "chunk-corrupt": { status: 400, title: "Chunk does not decode" },
  "sample-digest-mismatch": { status: 400, title: "Decoded samples do not match their digest" },
  "unsupported-codec": { status: 415, title: "Codec is not supported" },
  "unsupported-version": { status: 415, title: "Format version is not supported" },
  "segment-unknown": { status: 409, title: "Segment has not been opened" },
  "segment-conflict": { status: 409, title: "A different segment is stored under this id" },
  "segment-record-mismatch": {
    status: 422,
    title: "Segment record does not match its description",
  },
  "parameter-set-missing": { status: 409, title: "Parameter set has not been sent" },
  "parameter-set-invalid": { status: 400, title: "Parameter set is damaged or not valid" },
  "parameter-set-unclaimed": {
    status: 422,
    title: "No chunk of the request names the parameter set",
  },
  "parameter-set-limit": {
    status: 429,
    title: "Recording has as many parameter sets as it may",
  },
  "not-owner": { status: 409, title: "Segment belongs to another device key" },
  "signature-required": { status: 409, title: "A signature is missing" },
  "signature-unexpected": { status: 422, title: "Segment takes unsigned chunks only" },
  "signature-invalid": {
    status: 400,
    title: "Signature is not that of the key it should be under",
  },
  "key-unknown": { status: 409, title: "Device key is not enrolled at this site" },
  "key-revoked": { status: 409, title: "Device key was revoked" },
  "key-invalid": { status: 422, title: "Public key cannot be used" },
  "key-conflict": { status: 409, title: "Key was enrolled before" },
  "enrolment-refused": { status: 403, title: "One-time code is not good" },
  "link-invalid": { status: 410, title: "Link is not good, or no longer" },
  "link-refused": { status: 409, title: "No link can be made for this person" },
  "credential-refused": { status: 422, title: "Credential cannot be taken" },
  "last-credential": { status: 409, title: "It is the last thing that the person signs in with" },
  "person-conflict": { status: 409, title: "Sign-in name is taken" },
  "own-account": { status: 409, title: "Nobody changes their own account" },
  "last-administrator": { status: 409, title: "A site keeps an administrator" },
  "beyond-end": { status: 409, title: "Chunk lies beyond the signed end of its stream" },
  "chunk-conflict": { status: 409, title: "A different chunk is stored at this position" },
  "chunk-mismatch": { status: 422, title: "Chunk does not fit its stream" },
  "off-grid": { status: 422, title: "Samples do not lie on the chunk grid" },
  "channel-list-mismatch": { status: 422, title: "Channel list does not fit the recording" },
  "recording-closed": { status: 409, title: "Recording takes no new segments" },
  "recording-conflict": { status: 409, title: "Recording was opened with other facts" },
  "annotation-conflict": { status: 409, title: "A different annotation is stored under this id" },
  "annotation-unknown": { status: 409, title: "No such version of a mark is stored" },
  "idempotency-conflict": {
    status: 409,
    title: "The idempotency key was used for another request",
  },
  "statement-conflict": { status: 409, title: "Statement contradicts what is stored" },
  "window-invalid": { status: 422, title: "Window is not valid" },
  "window-too-large": { status: 422, title: "Window covers too many samples" },
  "channel-not-found": { status: 422, title: "No such channel in the recording" },
  "export-not-found": { status: 404, title: "No such export" },
  "export-not-ready": { status: 409, title: "Export is not ready yet" },
  "export-space": { status: 507, title: "No room for another export now" },
  "export-impossible": { status: 422, title: "Recording cannot be written in this format" },
  "integrity-failed": { status: 500, title: "Stored data failed its integrity check" },
  "storage-violation": { status: 500, title: "Storage swallowed a write" },
  "internal": { status: 500, title: "Something went wrong on our side" },
  "store-unavailable": { status: 503, title: "Storage is temporarily unavailable" },
  "spool-full": { status: 503, title: "The relay has no room left" },
  "outcome-unknown": { status: 503, title: "Commit outcome is unknown; send the same bytes again" },
  "not-ready": { status: 503, title: "Service is not ready" },
  "upstream-unavailable": { status: 502, title: "A service behind the viewer does not answer" },
} as const satisfies Record<string, ProblemType>;

/** The slug of a problem type. */
export type ProblemSlug = keyof typeof PROBLEMS;

/** Base of every problem's `type`; the slug follows. */
export const PROBLEM_TYPE_BASE = "https://wavekeep.example/problems/";
