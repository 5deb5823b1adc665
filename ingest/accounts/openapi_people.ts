/**
 * Rows of the document: passkeys, links, seats, people.
 *
 * @module
 */

import {
  BreakGlassRequest,
  BrokenGlass,
  Ceremony,
  EndSessionsRequest,
  EndSessionsResponse,
  LinkFacts,
  LinkRequest,
  Locked,
  MadePasskey,
  MakeLinkRequest,
  MakeLinkResponse,
  MakePasskeyRequest,
  MakePersonRequest,
  Nothing,
  PasskeySignInRequest,
  PeopleQuery,
  PeopleResponse,
  Person,
  PersonDetail,
  SessionsResponse,
  SetRoleRequest,
  SiteResponse,
  Tokens,
  UnlockOptionsRequest,
  UnlockRequest,
} from "@wavekeep/core/wire";
import type { RouteSpec } from "../openapi_route.ts";
import { answers, GUARDED, json, made, OPEN, stored, WITH_BODY } from "./openapi_parts.ts";
import { PasskeyPath } from "./routes/passkeys.ts";
import { PersonPath } from "./routes/people.ts";

const CEREMONY = answers("A ticket, and what the browser is asked", Ceremony);

export const PASSKEY_PATHS: readonly RouteSpec[] = [
  {
    method: "post",
    path: "/sign-in/passkey/options",
    summary: "Begin to sign in with a passkey; nobody is named",
    body: json(Nothing),
    answers: CEREMONY,
    problems: [...OPEN, ...WITH_BODY],
    isOpen: true,
  },
  {
    method: "post",
    path: "/sign-in/passkey",
    summary: "Sign in with what a passkey answered, once",
    body: json(PasskeySignInRequest),
    answers: answers("Signed in", Tokens),
    problems: [...OPEN, ...WITH_BODY, "sign-in-refused"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/me/passkeys/options",
    summary: "Begin to make a passkey",
    body: json(Nothing),
    answers: CEREMONY,
    problems: [...GUARDED, ...WITH_BODY, "sign-in-too-old", "credential-refused"],
  },
  {
    method: "post",
    path: "/me/passkeys",
    summary: "Keep a passkey that was made",
    body: json(MakePasskeyRequest),
    answers: made("Kept", MadePasskey),
    problems: [...GUARDED, ...WITH_BODY, "credential-refused"],
  },
  {
    method: "post",
    path: "/me/passkeys/{passkey_id}/remove",
    summary: "Take a passkey away, and end the sessions that began with it",
    params: PasskeyPath,
    answers: { 201: stored[201] },
    problems: [...GUARDED, "validation", "not-found", "sign-in-too-old", "last-credential"],
  },
];

export const SEAT_PATHS: readonly RouteSpec[] = [
  {
    method: "post",
    path: "/links/look",
    summary: "Whom an invitation or a reset is for",
    body: json(LinkRequest),
    answers: answers("It is good now", LinkFacts),
    problems: [...OPEN, ...WITH_BODY, "link-invalid"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/links/redeem",
    summary: "Use a link, once: a session that is good for making credentials",
    body: json(LinkRequest),
    answers: answers("A session of the person", Tokens),
    problems: [...OPEN, ...WITH_BODY, "link-invalid"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/me/lock",
    summary: "Lock this session: its access tokens are good for nothing any more",
    body: json(Nothing),
    answers: answers("It is locked", Locked),
    problems: [...GUARDED, ...WITH_BODY],
  },
  {
    method: "post",
    path: "/me/unlock/options",
    summary: "Begin to unlock a session with one of its person's passkeys",
    body: json(UnlockOptionsRequest),
    answers: CEREMONY,
    problems: [...OPEN, ...WITH_BODY, "unauthenticated"],
    isOpen: true,
  },
  {
    method: "post",
    path: "/me/unlock",
    summary: "Unlock a session with its refresh token and a passkey or the password",
    body: json(UnlockRequest),
    answers: answers("The session goes on", Tokens),
    problems: [
      ...[...OPEN, ...WITH_BODY, "unauthenticated", "sign-in-refused"] as const,
      ...["account-locked-out", "sign-in-busy", "session-ended"] as const,
    ],
    isOpen: true,
  },
  {
    method: "post",
    path: "/break-glass",
    summary: "See a restricted patient for half an hour, and say why",
    body: json(BreakGlassRequest),
    answers: made("Open, and told of", BrokenGlass),
    problems: [...GUARDED, ...WITH_BODY, "not-found", "patient-erased"],
  },
];

const CHANGED = answers("As it is from now on", Person);

export const PEOPLE_PATHS: readonly RouteSpec[] = [
  {
    method: "get",
    path: "/people",
    summary: "People of the site, by sign-in name",
    query: PeopleQuery,
    answers: answers("As of now", PeopleResponse),
    problems: [...GUARDED, "validation"],
  },
  {
    method: "post",
    path: "/people",
    summary: "Make a person, who has nothing to sign in with yet",
    body: json(MakePersonRequest),
    answers: made("Made", Person),
    problems: [...GUARDED, ...WITH_BODY, "person-conflict"],
  },
  {
    method: "get",
    path: "/people/{person_id}",
    summary: "A person, and all that held of them",
    params: PersonPath,
    answers: answers("As of now", PersonDetail),
    problems: [...GUARDED, "validation", "not-found"],
  },
  {
    method: "post",
    path: "/people/{person_id}/role",
    summary: "Give a person another role; tokens from before are good for nothing any more",
    params: PersonPath,
    body: json(SetRoleRequest),
    answers: CHANGED,
    problems: [...GUARDED, ...WITH_BODY, "not-found", "own-account", "last-administrator"],
  },
  {
    method: "post",
    path: "/people/{person_id}/disable",
    summary: "Shut a person out, and end all their sessions",
    params: PersonPath,
    body: json(Nothing),
    answers: CHANGED,
    problems: [...GUARDED, ...WITH_BODY, "not-found", "own-account", "last-administrator"],
  },
  {
    method: "post",
    path: "/people/{person_id}/enable",
    summary: "Let a person in again",
    params: PersonPath,
    body: json(Nothing),
    answers: CHANGED,
    problems: [...GUARDED, ...WITH_BODY, "not-found", "own-account"],
  },
  {
    method: "post",
    path: "/people/{person_id}/links",
    summary: "Make an invitation or a reset; links from before are good for nothing any more",
    params: PersonPath,
    body: json(MakeLinkRequest),
    answers: made("Shown this once", MakeLinkResponse),
    problems: [...GUARDED, ...WITH_BODY, "not-found", "own-account", "link-refused"],
  },
  {
    method: "get",
    path: "/people/{person_id}/sessions",
    summary: "Where a person is signed in",
    params: PersonPath,
    answers: answers("As of now", SessionsResponse),
    problems: [...GUARDED, "validation", "not-found"],
  },
  {
    method: "post",
    path: "/people/{person_id}/sessions/end",
    summary: "End one of a person's sessions, or all",
    params: PersonPath,
    body: json(EndSessionsRequest),
    answers: answers("How many ended", EndSessionsResponse),
    problems: [...GUARDED, ...WITH_BODY, "not-found"],
  },
  {
    method: "get",
    path: "/site",
    summary: "What holds at the site: rules, limits, counts",
    answers: answers("As of now", SiteResponse),
    problems: GUARDED,
  },
];
