import { ID } from '../../src/domain/people.ts';
import { UTC_DATE } from '../../src/domain/slot.ts';
import { type Json, ref } from './schemas.ts';

const [ID_SOURCE, DATE_SOURCE] = [ID.pattern, UTC_DATE.pattern].map(({ source }) =>
  source.replace(/^\^|\$$/g, ''),
);

const header = (description: string, schema: Json) => ({
  description,
  schema: { type: 'string', ...schema },
});
const ALWAYS = 'On every response of the functions.';

const EVERYWHERE = {
  'Cache-Control': header(`Health data must not be cached. ${ALWAYS}`, { const: 'no-store' }),
  'Strict-Transport-Security': header(`Tells browsers to use only HTTPS for two years. ${ALWAYS}`, {
    const: 'max-age=63072000; includeSubDomains',
  }),
  'X-Content-Type-Options': header(`Tells browsers not to guess the content type. ${ALWAYS}`, {
    const: 'nosniff',
  }),
};

const SOMEWHERE = {
  Location: {
    required: true,
    ...header('The appointment, relative to the host.', {
      format: 'uri-reference',
      pattern: `^/api/patients/${ID_SOURCE}/appointments/${DATE_SOURCE}$`,
    }),
  },
  'Idempotency-Replayed': header(
    'Present if an earlier request already did this: it booked with the same Idempotency-Key, cancelled the appointment, or rescheduled it to the same start and practitioner. Nothing was written, and the response is the stored appointment.',
    { const: 'true' },
  ),
  Link: header(
    'The next page (RFC 8288), relative to the host. Present only if more appointments remain. The link repeats the query. For a patient, it moves `from` (or `to`, in descending order) past the last date of this page. With `status=all`, a date can have several appointments, so the link names the last date itself and the last appointment as `after`. For a practitioner, it names the start time and the id of the last appointment as `after`.',
    {
      pattern: `^</api/(?:patients|practitioners)/${ID_SOURCE}/appointments\\?[^>]+>; rel="next"$`,
    },
  ),
  'WWW-Authenticate': header('The scheme to authenticate with.', {
    enum: ['AWS4-HMAC-SHA256', 'Bearer'],
  }),
  'Retry-After': header('Seconds to wait before the next attempt.', { const: '1' }),
};

/** A header that only some responses of the functions carry. */
export type HeaderName = keyof typeof SOMEWHERE;

/** The response headers, by name. */
export const HEADERS = { ...EVERYWHERE, ...SOMEWHERE };

/** The headers of every response of the functions, and these. */
export const headersOf = (names: readonly HeaderName[]) =>
  Object.fromEntries(
    [...Object.keys(EVERYWHERE), ...names].map((name) => [name, ref('headers', name)]),
  );
