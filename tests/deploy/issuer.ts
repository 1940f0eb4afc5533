import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

type Claims = Readonly<Record<string, unknown>>;

/** An issuer of tokens on this machine. */
export interface Issuer {
  readonly url: string;
  /** A token for the audience `appointments`, valid for an hour, with these claims. */
  readonly token: (claims: Claims) => string;
  /** The same, signed with a key that the issuer does not publish. */
  readonly forgedToken: (claims: Claims) => string;
  readonly stop: () => void;
}

const KEY_ID = 'key-1';

/** @param certificate a PEM file with the key and the certificate of 127.0.0.1 */
export async function startIssuer(certificate: string): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = readFileSync(certificate);
  const server = createServer({ key: pem, cert: pem }, ({ url: path }, response) => {
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256' }] };
    const body = path === '/jwks' ? jwks : { issuer: url, jwks_uri: `${url}/jwks` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokenOf = (key: KeyObject) => (claims: Claims) => {
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const parts = [
      { alg: 'RS256', typ: 'JWT', kid: KEY_ID },
      { iss: url, aud: 'appointments', exp, sub: 'someone', ...claims },
    ];
    const text = parts
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  };
  return {
    url,
    token: tokenOf(privateKey),
    forgedToken: tokenOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    stop: () => server.close(),
  };
}
