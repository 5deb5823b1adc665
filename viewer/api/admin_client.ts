/**
 * What an administrator's pages ask: people, API keys and the site of the accounts service, device keys and
 * patients' consent of ingest.
 *
 * @module
 */

import {
  type ApiKey,
  ApiKey as ApiKeySchema,
  ApiKeysResponse,
  type ConsentRequest,
  ConsentResponse,
  DeviceKeysResponse,
  Done,
  EndSessionsResponse,
  type EnrolmentCodeRequest,
  EnrolmentCodeResponse,
  type MakeApiKeyRequest,
  MakeApiKeyResponse,
  type MakeLinkRequest,
  MakeLinkResponse,
  type MakePersonRequest,
  PeopleResponse,
  type Person,
  Person as PersonSchema,
  PersonDetail,
  type PersonRole,
  SessionsResponse,
  SiteResponse,
} from "@wavekeep/core/wire";
import { type Asking, createUpstream, type Upstream } from "./upstream.ts";

/** Whom to list. */
export interface PeopleFilter {
  readonly search?: string | undefined;
  readonly state?: string | undefined;
  readonly role?: string | undefined;
  readonly ids?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: string | undefined;
}

/** Which keys of devices to list. */
export interface DeviceKeysFilter {
  readonly "device_id"?: string | undefined;
  readonly "key_id"?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: string | undefined;
}

/** Asks in an administrator's name. Every method throws `ProblemError`. */
export interface AdminClient {
  people(asking: Asking, filter: PeopleFilter): Promise<PeopleResponse>;
  person(asking: Asking, personId: string): Promise<PersonDetail>;
  makePerson(asking: Asking, request: MakePersonRequest): Promise<Person>;
  setRole(asking: Asking, personId: string, role: PersonRole): Promise<Person>;
  setDisabled(asking: Asking, personId: string, isDisabled: boolean): Promise<Person>;
  /** A link that is good once; nobody can ask for it again. */
  makeLink(
    asking: Asking,
    personId: string,
    kind: MakeLinkRequest["kind"],
  ): Promise<MakeLinkResponse>;
  sessions(asking: Asking, personId: string): Promise<SessionsResponse>;
  /** Ends one session, or all. */
  endSessions(asking: Asking, personId: string, sessionId?: string): Promise<EndSessionsResponse>;
  apiKeys(asking: Asking): Promise<readonly ApiKey[]>;
  makeApiKey(asking: Asking, request: MakeApiKeyRequest): Promise<MakeApiKeyResponse>;
  revokeApiKey(asking: Asking, keyId: string, reason: string): Promise<ApiKey>;
  deviceKeys(asking: Asking, filter: DeviceKeysFilter): Promise<DeviceKeysResponse>;
  makeDeviceCode(asking: Asking, request: EnrolmentCodeRequest): Promise<EnrolmentCodeResponse>;
  revokeDeviceKey(asking: Asking, keyId: string, reason: string): Promise<Done>;
  site(asking: Asking): Promise<SiteResponse>;
  /** What a patient allows, with everything that was said before. */
  consent(asking: Asking, patientId: string): Promise<ConsentResponse>;
  setConsent(
    asking: Asking,
    patientId: string,
    request: ConsentRequest,
  ): Promise<ConsentResponse>;
}

/** Where an administrator's questions go. */
export interface AdminUpstreams {
  /** Absent where no accounts service runs: its pages then say so. */
  readonly accountsUrl?: string | undefined;
  readonly ingestUrl: string;
  readonly fetch?: typeof fetch;
}

/** A client of the services at these addresses. */
export function createAdminClient(upstreams: AdminUpstreams): AdminClient {
  const { accountsUrl, ingestUrl, fetch: fetcher } = upstreams;
  const accounts = createUpstream("accounts", accountsUrl ?? "", fetcher);
  const ingest = createUpstream("ingest", ingestUrl, fetcher);
  return {
    ...peopleOf(accounts),
    ...apiKeysOf(accounts),
    ...devicesOf(ingest),
    ...consentsOf(ingest),
  };
}

type People = Omit<
  AdminClient,
  `${string}piKey${string}` | `${string}evice${string}` | `${string}onsent`
>;

function peopleOf(accounts: Upstream): People {
  const at = (personId: string) => `/people/${encodeURIComponent(personId)}`;
  return {
    people: (asking, filter) =>
      accounts.get(asking, `/people${searchText({ ...filter })}`, PeopleResponse),
    person: (asking, id) => accounts.get(asking, at(id), PersonDetail),
    makePerson: (asking, request) => accounts.post(asking, "/people", request, PersonSchema),
    setRole: (asking, id, role) => accounts.post(asking, `${at(id)}/role`, { role }, PersonSchema),
    setDisabled: (asking, id, isDisabled) =>
      accounts.post(asking, `${at(id)}/${isDisabled ? "disable" : "enable"}`, {}, PersonSchema),
    makeLink: (asking, id, kind) =>
      accounts.post(asking, `${at(id)}/links`, { kind }, MakeLinkResponse),
    sessions: (asking, id) => accounts.get(asking, `${at(id)}/sessions`, SessionsResponse),
    endSessions: (asking, id, sessionId) =>
      accounts.post(
        asking,
        `${at(id)}/sessions/end`,
        sessionId === undefined ? {} : { "session_id": sessionId },
        EndSessionsResponse,
      ),
    site: (asking) => accounts.get(asking, "/site", SiteResponse),
  };
}

function apiKeysOf(
  accounts: Upstream,
): Pick<AdminClient, "apiKeys" | "makeApiKey" | "revokeApiKey"> {
  return {
    apiKeys: async (asking) => (await accounts.get(asking, "/api-keys", ApiKeysResponse)).keys,
    makeApiKey: (asking, request) =>
      accounts.post(asking, "/api-keys", request, MakeApiKeyResponse),
    revokeApiKey: (asking, id, reason) =>
      accounts.post(
        asking,
        `/api-keys/${encodeURIComponent(id)}/revoke`,
        { reason },
        ApiKeySchema,
      ),
  };
}

function devicesOf(
  ingest: Upstream,
): Pick<AdminClient, "deviceKeys" | "makeDeviceCode" | "revokeDeviceKey"> {
  return {
    deviceKeys: (asking, filter) =>
      ingest.get(asking, `/devices/keys${searchText({ ...filter })}`, DeviceKeysResponse),
    makeDeviceCode: (asking, request) =>
      ingest.post(asking, "/devices/codes", request, EnrolmentCodeResponse),
    revokeDeviceKey: (asking, id, reason) =>
      ingest.post(asking, `/devices/keys/${encodeURIComponent(id)}/revoke`, { reason }, Done),
  };
}

function consentsOf(ingest: Upstream): Pick<AdminClient, "consent" | "setConsent"> {
  const at = (patientId: string) => `/patients/${encodeURIComponent(patientId)}/consent`;
  return {
    consent: (asking, patientId) => ingest.get(asking, at(patientId), ConsentResponse),
    setConsent: (asking, patientId, request) =>
      ingest.post(asking, at(patientId), request, ConsentResponse),
  };
}

/** `?a=b`, without what is not said; empty when nothing is. */
export function searchText(filter: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== "") search.set(name, value);
  }
  return search.size === 0 ? "" : `?${search}`;
}
