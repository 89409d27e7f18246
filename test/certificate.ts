import { createSign, generateKeyPairSync } from 'node:crypto';

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
/** Of the years 1950 to 2049: `200101000000Z`. */
const utcTime = (time: Date) =>
  der(0x17, Buffer.from(`${time.toISOString().replace(/^..|[-:T]|\.\d+Z$/g, '')}Z`));

/** Extension `subjectAltName` with one DNS name. */
const nameOf = (host: string) =>
  der(
    0xa3,
    sequence(
      sequence(der(0x06, Buffer.from([0x55, 0x1d, 0x11])), der(0x04, sequence(der(0x82, Buffer.from(host))))),
    ),
  );

/** A self-signed certificate of nobody, or of `host`, and its key, both as PEM. */
export function makeCertificate(
  from = new Date('2020-01-01'),
  until = new Date('2049-01-01'),
  host?: string,
): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const noName = sequence();
  const toBeSigned = sequence(
    ...(host ? [der(0xa0, der(0x02, Buffer.from([2])))] : []),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    noName,
    sequence(utcTime(from), utcTime(until)),
    noName,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(host ? [nameOf(host)] : []),
  );
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const body = sequence(toBeSigned, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = body
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
