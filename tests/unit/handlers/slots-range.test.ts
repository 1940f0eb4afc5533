import { beforeAll, describe, expect, it } from '@jest/globals';
import { captureLog } from '../../support/capture-log.ts';
import { requestFor, send, storeWith, UNUSED } from '../../support/operations.ts';
import { problem } from '../../support/responses.ts';

beforeAll(() => {
  captureLog();
});

const NOT_A_DATE = 'must be a date like 2021-01-07';
const NO_SUCH_DATE = 'must be a date that exists';
const TOO_LONG = ['to', 'must be at most 30 days after "from"'] as const;
const REVERSED = ['from', 'must not be after "to"'] as const;
const NOT_A_TIME = 'must be a UTC time like "2021-01-07 00:00:00" or "2021-01-07T00:00:00Z"';
const NOT_A_STATUS = ['status', 'must be "all" or "free"'] as const;
const NOT_A_LIMIT = ['limit', 'must be an integer from 1 to 1000'] as const;
const UNKNOWN = 'is not a parameter of this operation. Remove it';
const FROM = { from: '2021-01-07' };

const FAULTS: readonly [Record<string, string>, readonly (readonly [string, string])[]][] = [
  [{}, [['from', 'is required']]],
  [{ to: '2021-01-07' }, [['from', 'is required']]],
  [{ from: '' }, [['from', NOT_A_DATE]]],
  [{ from: '2021-01-07T00:00:00Z' }, [['from', NOT_A_DATE]]],
  [{ from: '2021-01-07,2021-01-08' }, [['from', NOT_A_DATE]]],
  [{ from: '2021-02-30' }, [['from', NO_SUCH_DATE]]],
  [{ from: '1899-12-31' }, [['from', 'must not be before 1900-01-01']]],
  [{ ...FROM, to: '2021-02-29' }, [['to', NO_SUCH_DATE]]],
  [{ ...FROM, to: '2021-01-06' }, [REVERSED]],
  [{ ...FROM, to: '2021-02-07' }, [TOO_LONG]],
  [{ ...FROM, status: 'busy' }, [NOT_A_STATUS]],
  [{ ...FROM, status: 'FREE' }, [NOT_A_STATUS]],
  ...['0', '1001', '1.5', ''].map((limit): [Record<string, string>, [typeof NOT_A_LIMIT]] => [
    { ...FROM, limit },
    [NOT_A_LIMIT],
  ]),
  [{ ...FROM, after: '' }, [['after', NOT_A_TIME]]],
  [{ ...FROM, after: '2021-01-07T09:00:00+01:00' }, [['after', NOT_A_TIME]]],
  [{ ...FROM, after: '2021-02-30 09:00:00' }, [['after', NO_SUCH_DATE]]],
  [
    { ...FROM, after: '2021-01-07T24:00:00Z' },
    [['after', 'must be a time of day from 00:00:00 to 23:59:59']],
  ],
  [
    { ...FROM, after: '2021-01-07T23:59:60Z' },
    [['after', 'must be a time of day from 00:00:00 to 23:59:59']],
  ],
  [
    { ...FROM, after: '2021-01-07T09:00:00.5Z' },
    [['after', 'must be a time without a fraction of a second']],
  ],
  [
    { date: '2021-01-07' },
    [
      ['from', 'is required'],
      ['date', UNKNOWN],
    ],
  ],
  [
    {
      from: '2021-03-09',
      to: '2021-01-07',
      status: 'open',
      after: 'now',
      limit: 'all',
      practitioner: '1',
    },
    [NOT_A_STATUS, ['after', NOT_A_TIME], NOT_A_LIMIT, ['practitioner', UNKNOWN], REVERSED],
  ],
  [
    { from: '2021-01-07', to: '2021-02-07', status: 'open', order: 'desc' },
    [NOT_A_STATUS, ['order', UNKNOWN], TOO_LONG],
  ],
];

describe('the range of slots', () => {
  it.each(FAULTS)('reports every fault, without a call to the store: %j', async (query, faults) => {
    const errors = faults.map(([parameter, detail]) => ({ parameter, detail }));

    await expect(
      send(requestFor('slots', { queryStringParameters: query }), UNUSED),
    ).resolves.toEqual(problem(400, 'invalid-request', { errors }));
  });

  it.each([
    [{ ...FROM, to: '2021-02-06' }, 1000],
    [{ ...FROM, after: '2021-01-07 22:59:59' }, 2],
    [{ ...FROM, after: '2021-01-07T23:00:00.000+00:00' }, 1],
    [{ ...FROM, after: '2021-01-08T00:00:00Z' }, 0],
    [{ ...FROM, after: '1999-12-31T23:59:59Z' }, 48],
  ])('accepts %j', async (query, length) => {
    const { status, body } = await send(
      requestFor('slots', { queryStringParameters: query }),
      await storeWith(),
    );

    expect({ status, length: (body as object[]).length }).toEqual({ status: 200, length });
  });
});
