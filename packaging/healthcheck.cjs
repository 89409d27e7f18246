'use strict';
// HEALTHCHECK of the image, which has neither curl nor wget: exits 0 when the server of this container answers.

const { KEYWARD_PORT, KEYWARD_TLS_CERT, KEYWARD_TLS_CERT_FILE } = process.env;
const isTls = Boolean(KEYWARD_TLS_CERT || KEYWARD_TLS_CERT_FILE);
const { get } = require(isTls ? 'node:https' : 'node:http');

get(
  {
    host: '127.0.0.1',
    port: KEYWARD_PORT || 8787,
    path: '/healthz',
    timeout: 3_000,
    // The certificate is for the public name, and the connection does not leave the container.
    rejectUnauthorized: false,
  },
  (response) => process.exit(response.statusCode === 200 ? 0 : 1),
)
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
