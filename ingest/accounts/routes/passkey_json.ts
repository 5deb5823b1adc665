/**
 * A browser's answers from the wire to the library that judges them.
 *
 * @module
 */

import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { PasskeyAnswer, RegistrationAnswer } from "@wavekeep/core/wire";

export function toRegistrationResponse(answer: RegistrationAnswer): RegistrationResponseJSON {
  const { response: { transports, ...response }, ...credential } = answer;
  return {
    ...credential,
    clientExtensionResults: {},
    response: { ...response, ...(transports === undefined ? {} : { transports }) },
  };
}

export function toSignInResponse(answer: PasskeyAnswer): AuthenticationResponseJSON {
  const { response: { userHandle, ...response }, ...credential } = answer;
  return {
    ...credential,
    clientExtensionResults: {},
    response: { ...response, ...(userHandle == null ? {} : { userHandle }) },
  };
}
