import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ProblemError } from './problems.ts';

/**
 * Who may call, as the deployment chooses:
 * - `iam`: AWS principals that API Gateway let through. Each may act for every patient.
 * - `jwt`: callers whose token has a SMART on FHIR scope for the operation.
 * - `none`: anyone. For local runs only.
 */
export const AUTH_MODES = ['iam', 'jwt', 'none'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/**
 * What an operation needs: scopes with this resource and these letters, and what a `patient/` scope allows: nothing,
 * only the patient that the token names, or any record, because it says nothing about a patient.
 */
export const NEEDED = {
  book: { resource: 'Appointment', letters: 'c', patientScope: 'own' },
  cancel: { resource: 'Appointment', letters: 'u', patientScope: 'own' },
  reschedule: { resource: 'Appointment', letters: 'u', patientScope: 'own' },
  list: { resource: 'Appointment', letters: 's', patientScope: 'own' },
  get: { resource: 'Appointment', letters: 'r', patientScope: 'own' },
  agenda: { resource: 'Appointment', letters: 's', patientScope: 'none' },
  recordAttendance: { resource: 'Appointment', letters: 'u', patientScope: 'none' },
  slots: { resource: 'Slot', letters: 's', patientScope: 'any' },
  getPatient: { resource: 'Patient', letters: 'r', patientScope: 'own' },
  putPatient: { resource: 'Patient', letters: 'cu', patientScope: 'none' },
  erasePatient: { resource: 'Patient', letters: 'd', patientScope: 'none' },
  getPractitioner: { resource: 'Practitioner', letters: 'r', patientScope: 'any' },
  putPractitioner: { resource: 'Practitioner', letters: 'cu', patientScope: 'none' },
  putSchedule: { resource: 'Schedule', letters: 'u', patientScope: 'none' },
} as const;

export type OperationName = keyof typeof NEEDED;

/** Who calls, and what they can do for the patient of the request. */
export interface Grant {
  /** The ARN of the AWS principal, the token's subject, or null if neither is known. */
  readonly caller: string | null;
  readonly may: (operation: OperationName) => boolean;
}

/** What the authorizers of API Gateway add to a request. Any part can be missing. */
interface WithAuthorizer {
  readonly authorizer?: {
    readonly iam?: { readonly userArn?: unknown };
    readonly jwt?: { readonly claims?: unknown; readonly scopes?: unknown };
  };
}

/**
 * Reads who calls, before anything else in the request. What the caller can do is the same for patients that
 * exist and patients that do not.
 *
 * @throws ProblemError `unauthenticated` if the identity that the mode requires is missing, also if the
 * route has lost its authorizer
 */
export function grantOf(
  mode: AuthMode,
  { requestContext, pathParameters }: APIGatewayProxyEventV2,
): Grant {
  const { iam, jwt } = (requestContext as WithAuthorizer).authorizer ?? {};
  switch (mode) {
    case 'none':
      return { caller: null, may: () => true };
    case 'iam': {
      if (typeof iam?.userArn !== 'string' || iam.userArn === '') {
        throw new ProblemError({ code: 'unauthenticated', scheme: 'AWS4-HMAC-SHA256' });
      }
      return { caller: iam.userArn, may: () => true };
    }
    case 'jwt': {
      const claims = jwt?.claims;
      if (!isRecord(claims)) throw new ProblemError({ code: 'unauthenticated', scheme: 'Bearer' });
      const granted = textsOf(claims['scope'] ?? claims['scp'] ?? jwt?.scopes).map(parseScope);
      const patientId = pathParameters?.['patient_id'];
      const isOwn = patientId !== undefined && claims['patient'] === patientId;
      return {
        caller: typeof claims['sub'] === 'string' ? claims['sub'] : null,
        may(operation) {
          const { resource, letters, patientScope } = NEEDED[operation];
          return Array.from(letters).every((letter) =>
            granted.some(
              (scope) =>
                scope !== undefined &&
                (scope.resource === resource || scope.resource === '*') &&
                scope.letters.includes(letter) &&
                (scope.level !== 'patient' ||
                  patientScope === 'any' ||
                  (patientScope === 'own' && isOwn)),
            ),
          );
        },
      };
    }
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The scopes of a claim: space-separated text, an array, or the text that API Gateway makes of an array, `[a b]`. */
function textsOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((text) => typeof text === 'string');
  return typeof claim === 'string' ? claim.replace(/^\[(.*)\]$/, '$1').split(' ') : [];
}

interface Scope {
  readonly level: string;
  readonly resource: string;
  /** Of version 2. */
  readonly letters: string;
}

/** What the scopes of version 1 allow, in the letters of version 2. */
const VERSION_1: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);

/**
 * Reads a scope of SMART App Launch version 1 (`user/Appointment.read`) or 2
 * (`patient/Appointment.cs`, its letters in this order): https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 * A scope with a `?` query covers only some records. The service cannot check that, so the scope
 * grants nothing.
 */
function parseScope(text: string): Scope | undefined {
  // A match has all of these groups.
  const parts =
    /^(?<level>user|system|patient)\/(?<resource>Appointment|Slot|Schedule|Patient|Practitioner|\*)\.(?<access>read|write|\*|c?r?u?d?s?)$/.exec(
      text,
    )?.groups as { level: string; resource: string; access: string } | undefined;
  return parts && { ...parts, letters: VERSION_1.get(parts.access) ?? parts.access };
}
