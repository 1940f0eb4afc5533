import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
}

/** A certificate for 127.0.0.1 that is its own authority (RFC 5280), good for a day; Node can read such ones, but not make them. */
export function loopbackCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(COMMON_NAME, utf8String('127.0.0.1'))));
  const now = Date.now();
  const content = sequence(
    tagged(0, integer(2)),
    integer(1),
    sequence(ECDSA_WITH_SHA256),
    name,
    sequence(time(now - A_DAY), time(now + A_DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      3,
      sequence(
        sequence(SUBJECT_ALTERNATIVE_NAME, octets(sequence(der(0x87, Buffer.of(127, 0, 0, 1))))),
        sequence(BASIC_CONSTRAINTS, octets(sequence(TRUE))),
      ),
    ),
  );
  const signature = sign('sha256', content, privateKey);
  const cert = sequence(content, sequence(ECDSA_WITH_SHA256), bits(signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

const A_DAY = 86_400_000;

const objectIdentifier = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const COMMON_NAME = objectIdentifier('550403');
const SUBJECT_ALTERNATIVE_NAME = objectIdentifier('551d11');
const BASIC_CONSTRAINTS = objectIdentifier('551d13');
const ECDSA_WITH_SHA256 = objectIdentifier('2a8648ce3d040302');
const TRUE = der(0x01, Buffer.of(0xff));

/** The encoding of ASN.1 that certificates have (DER): tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : [tag, 0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...members: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members));
}

function set(member: Buffer): Buffer {
  return der(0x31, member);
}

function tagged(number: number, content: Buffer): Buffer {
  return der(0xa0 + number, content);
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.of(value));
}

function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

function octets(content: Buffer): Buffer {
  return der(0x04, content);
}

function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.of(0), content]));
}

/** `YYMMDDhhmmssZ` */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}
