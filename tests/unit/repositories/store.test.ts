import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, jest } from '@jest/globals';
import { callStore, openTable } from '../../../src/repositories/store.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const table = openTable('the-table');
const failWith = (error: Error) => async () => Promise.reject(error);

describe('a call of the store', () => {
  it.each(UNAVAILABILITIES)('throws StoreUnavailableError after %s', async (_name, error) => {
    await expect(callStore(table, failWith(error))).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      message: 'the store is unavailable',
      cause: error,
    });
  });

  it.each([
    ['an unknown table', new ResourceNotFoundException({ message: 'no table', $metadata: {} })],
    ['a bug', new TypeError('of ours')],
  ])('passes on %s', async (_name, error) => {
    const { signal } = new AbortController();

    await expect(callStore({ ...table, signal }, failWith(error))).rejects.toBe(error);
  });

  it('throws StoreUnavailableError if the deadline ended it', async () => {
    const cause = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    const signal = AbortSignal.abort();

    await expect(callStore({ ...table, signal }, failWith(cause))).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause,
    });
  });

  it('passes the deadline to the SDK, and reports its attempts, whether it succeeds or fails', async () => {
    const { signal } = new AbortController();
    const onCall = jest.fn();
    const scope = { ...table, signal, onCall };
    const $metadata = { attempts: 3 };

    await callStore(scope, async ({ abortSignal }) => {
      expect(abortSignal).toBe(signal);
      return Promise.resolve({ $metadata });
    });
    await callStore(table, async (options) => {
      expect(options).toEqual({});
      return Promise.resolve({});
    });
    await callStore(scope, async () => Promise.resolve({}));
    const failure = Object.assign(new Error('denied'), { $metadata: { attempts: 2 } });
    await callStore(scope, failWith(failure)).catch(() => undefined);
    await callStore(scope, failWith(new Error('denied'))).catch(() => undefined);

    expect(onCall.mock.calls).toEqual([[3], [1], [2], [1]]);
  });
});
