import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod/mini';
import type { ApiEvent } from './api-event.ts';
import { RequestError } from './request-error.ts';
import type { Response } from './responses.ts';

export type Operation = 'create' | 'list';

/**
 * Who may call, as the deployment chose it:
 * - `iam`: whom API Gateway let through with a signature; an allowed principal acts for every patient;
 * - `jwt`: whom a token lets do it, by its SMART on FHIR scopes;
 * - `none`: anyone, in local runs only.
 */
export const AUTH_MODES = ['iam', 'jwt', 'none'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

const iamContext = z.object({
  authorizer: z.object({ iam: z.object({ userArn: z.string().check(z.minLength(1)) }) }),
});

const jwtContext = z.object({
  authorizer: z.object({
    jwt: z.object({
      claims: z.record(z.string(), z.unknown()),
      scopes: z.optional(z.unknown()),
    }),
  }),
});

/**
 * Lets a request pass that the caller may make, before anything else of it is looked at. The same
 * refusal meets patients who exist and who do not.
 *
 * @throws RequestError `unauthenticated` where the identity that the mode asks for is missing, also
 * because a route has lost its authorizer; `forbidden`
 */
export function access(mode: AuthMode, operation: Operation): MiddlewareObj<ApiEvent, Response> {
  return {
    before({ event }) {
      const may = grantOf(mode, event);
      if (!may(operation)) {
        throw new RequestError('forbidden', 'The token grants no access to this patient for this.');
      }
      event.mayList = may('list');
    },
  };
}

type Grant = (operation: Operation) => boolean;

function grantOf(mode: AuthMode, { requestContext, pathParameters }: ApiEvent): Grant {
  switch (mode) {
    case 'none':
      return () => true;
    case 'iam': {
      if (!iamContext.safeParse(requestContext).success) throw unauthenticated();
      return () => true;
    }
    case 'jwt': {
      const { data } = jwtContext.safeParse(requestContext);
      if (data === undefined) throw unauthenticated();
      const { claims, scopes } = data.authorizer.jwt;
      const granted = textsOf(claims['scope'] ?? claims['scp'] ?? scopes).map(parseScope);
      const patientId = pathParameters?.['patient_id'];
      const isOwn = patientId !== undefined && claims['patient'] === patientId;
      return (operation) =>
        granted.some(
          (scope) =>
            scope?.operations.has(operation) === true && (scope.level !== 'patient' || isOwn),
        );
    }
  }
}

function unauthenticated(): RequestError {
  return new RequestError(
    'unauthenticated',
    'The request carries no identity. Sign it, or send a token.',
  );
}

/** Scopes stand in one text with spaces, in an array, or in the text that API Gateway makes of an array: `[a b]`. */
function textsOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((text) => typeof text === 'string');
  return typeof claim === 'string' ? claim.replace(/^\[(.*)\]$/, '$1').split(' ') : [];
}

interface Scope {
  readonly level: string;
  readonly operations: ReadonlySet<Operation>;
}

/**
 * A scope on appointments, of SMART App Launch version 1 (`user/Appointment.read`) or 2
 * (`patient/Appointment.cs`, its letters in this order): https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 * One with a `?` query speaks of some appointments only, which is not kept here: it grants nothing.
 */
function parseScope(text: string): Scope | undefined {
  const parts =
    /^(?<level>user|system|patient)\/(?:Appointment|\*)\.(?<access>read|write|\*|c?r?u?d?s?)$/.exec(
      text,
    )?.groups;
  const { level, access } = parts ?? {};
  if (level === undefined || access === undefined) return undefined;
  const operations = new Set<Operation>();
  if (access === 'write' || access === '*' || access.startsWith('c')) operations.add('create');
  if (access === 'read' || access === '*' || access.endsWith('s')) operations.add('list');
  return { level, operations };
}
