/**
 * The interface of accounts as an OpenAPI 3.1 document, out of the same schemas that the routes use.
 *
 * `openapi.json` beside this file is this document; a test makes it again and compares, and another compares
 * its paths with the routes of the application.
 *
 * @module
 */

import { OpenAPIHono } from "@hono/zod-openapi";
import {
  ApiKey,
  ApiKeysResponse,
  CodeSignInRequest,
  ConfirmTotpRequest,
  MakeApiKeyRequest,
  MakeApiKeyResponse,
  NextStep,
  OwnCredentials,
  OwnSessions,
  PasswordRequest,
  PasswordSignInRequest,
  RecoveryCodes,
  RefreshRequest,
  RevokeApiKeyRequest,
  SessionState,
  Tokens,
  TotpSecret,
} from "@wavekeep/core/wire";
import * as z from "zod";
import { routeOf, type RouteSpec } from "../openapi_route.ts";
import { answers, GUARDED, json, OPEN, stored, WITH_BODY } from "./openapi_parts.ts";
import { PASSKEY_PATHS, PEOPLE_PATHS, SEAT_PATHS } from "./openapi_people.ts";
import { ApiKeyPath } from "./routes/api_keys.ts";
import { SessionPath } from "./routes/me.ts";

const ROUTES: readonly RouteSpec[] = [
  {
    method: "post",
    path: "/sign-in/password",
    summary: "First step with a password: a ticket for the second",
    body: json(PasswordSignInRequest),
    answers: answers("Right; a second factor is wanted", NextStep),
    problems: [...OPEN, ...WITH_BODY, "sign-in-refused", "account-locked-out", "sign-in-busy"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/sign-in/totp",
    summary: "Second step with a code of an authenticator",
    body: json(CodeSignInRequest),
    answers: answers("Signed in", Tokens),
    problems: [...OPEN, ...WITH_BODY, "sign-in-refused", "account-locked-out"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/sign-in/recovery",
    summary: "Second step with a recovery code",
    body: json(CodeSignInRequest),
    answers: answers("Signed in", Tokens),
    problems: [...OPEN, ...WITH_BODY, "sign-in-refused", "account-locked-out"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/tokens/refresh",
    summary: "Use a refresh token once: a new access token, and the refresh token that follows",
    body: json(RefreshRequest),
    answers: answers("The session goes on", Tokens),
    problems: [...OPEN, ...WITH_BODY, "unauthenticated", "session-ended", "session-locked"],
    isOpen: true,
  },
  {
    method: "get",
    path: "/me",
    summary: "Who is signed in",
    answers: answers("As of now", SessionState),
    problems: GUARDED,
  },
  {
    method: "get",
    path: "/me/sessions",
    summary: "The person's sessions that go on, the newest first",
    answers: answers("As of now", OwnSessions),
    problems: GUARDED,
  },
  {
    method: "post",
    path: "/me/sessions/{session_id}/end",
    summary: "End one of the person's sessions, from any seat",
    params: SessionPath,
    answers: stored,
    problems: [...GUARDED, "validation", "not-found"],
  },
  {
    method: "post",
    path: "/me/sign-out",
    summary: "End this session",
    answers: { 201: stored[201] },
    problems: GUARDED,
  },
  {
    method: "get",
    path: "/me/credentials",
    summary: "What the person can sign in with",
    answers: answers("As of now", OwnCredentials),
    problems: GUARDED,
  },
  {
    method: "post",
    path: "/me/password",
    summary: "Set a password; the person's other sessions end",
    body: json(PasswordRequest),
    answers: { 201: stored[201] },
    problems: [
      ...GUARDED,
      ...WITH_BODY,
      "sign-in-too-old",
      "sign-in-refused",
      "account-locked-out",
      "sign-in-busy",
    ],
  },
  {
    method: "post",
    path: "/me/totp",
    summary: "Set up an authenticator; it counts once a code of it was shown",
    answers: { 201: { description: "Shown this once", schema: TotpSecret } },
    problems: [...GUARDED, "sign-in-too-old"],
  },
  {
    method: "post",
    path: "/me/totp/confirm",
    summary: "Show the first code of an authenticator; the one before ends",
    body: json(ConfirmTotpRequest),
    answers: { 201: stored[201] },
    problems: [...GUARDED, ...WITH_BODY, "sign-in-too-old"],
  },
  {
    method: "post",
    path: "/me/recovery-codes",
    summary: "Make ten recovery codes; those before end",
    answers: { 201: { description: "Shown this once", schema: RecoveryCodes } },
    problems: [...GUARDED, "sign-in-too-old"],
  },
  {
    method: "get",
    path: "/api-keys",
    summary: "Keys of machines of the site, the newest first",
    answers: answers("All of them", ApiKeysResponse),
    problems: GUARDED,
  },
  {
    method: "post",
    path: "/api-keys",
    summary: "Make a key for a machine; its text is shown this once",
    body: json(MakeApiKeyRequest),
    answers: { 201: { description: "Made", schema: MakeApiKeyResponse } },
    problems: [...GUARDED, ...WITH_BODY],
  },
  {
    method: "post",
    path: "/api-keys/{api_key_id}/revoke",
    summary: "Take a key back, for good",
    params: ApiKeyPath,
    body: json(RevokeApiKeyRequest),
    answers: answers("It is good for nothing any more", ApiKey),
    problems: [...GUARDED, ...WITH_BODY, "not-found"],
  },
  {
    method: "get",
    path: "/metrics",
    summary: "Counts and times of this process, for Prometheus",
    answers: {
      200: { description: "Text format 0.0.4", schema: z.string(), mediaType: "text/plain" },
    },
    problems: ["unauthenticated", "forbidden"],
  },
  {
    method: "get",
    path: "/livez",
    summary: "Whether the process answers",
    answers: answers("It does", z.object({ status: z.literal("alive") })),
    problems: [],
    isOpen: true,
  },
  {
    method: "get",
    path: "/readyz",
    summary: "Whether it can do its work",
    answers: answers("It can", z.looseObject({ status: z.literal("ready") })),
    problems: ["not-ready"],
    isOpen: true,
  },
];

/** The whole document. */
export function openApiDocument(): Record<string, unknown> {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  const all = [...ROUTES, ...PASSKEY_PATHS, ...SEAT_PATHS, ...PEOPLE_PATHS];
  for (const spec of all) app.openAPIRegistry.registerPath(routeOf(spec));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Wavekeep accounts",
      version: "1",
      description:
        "Signs people in and keeps their sessions. Tokens are for servers that keep them in cookies, and for " +
        "programs; no page script needs one.",
    },
  }) as unknown as Record<string, unknown>;
}
