import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCookieTrusted, isFromElsewhere } from './cookie-trust.ts';

const publicUrl = 'https://keys.example.com';
const other = 'https://evil.example';

interface Row {
  readonly secFetchSite?: string;
  readonly origin?: string;
  /** Whether the cookie counts for GET and HEAD, and for everything else. */
  readonly reads: boolean;
  readonly writes: boolean;
  readonly isFromElsewhere: boolean;
}

const rows: Row[] = [
  { reads: true, writes: false, isFromElsewhere: false },
  { secFetchSite: 'same-origin', reads: true, writes: true, isFromElsewhere: false },
  { secFetchSite: 'same-origin', origin: publicUrl, reads: true, writes: true, isFromElsewhere: false },
  // The console opened under another name of this machine: the browser vouches for it.
  {
    secFetchSite: 'same-origin',
    origin: 'https://10.0.0.7',
    reads: true,
    writes: true,
    isFromElsewhere: false,
  },
  { origin: publicUrl, reads: true, writes: true, isFromElsewhere: false },
  { origin: 'https://KEYS.example.com', reads: true, writes: true, isFromElsewhere: false },
  { secFetchSite: 'same-site', origin: publicUrl, reads: true, writes: true, isFromElsewhere: false },
  { secFetchSite: 'cross-site', reads: false, writes: false, isFromElsewhere: true },
  { secFetchSite: 'cross-site', origin: other, reads: false, writes: false, isFromElsewhere: true },
  { secFetchSite: 'same-site', reads: false, writes: false, isFromElsewhere: true },
  { secFetchSite: 'none', reads: false, writes: false, isFromElsewhere: false },
  { secFetchSite: 'none', origin: other, reads: false, writes: false, isFromElsewhere: true },
  { secFetchSite: 'Same-Origin ', reads: false, writes: false, isFromElsewhere: true },
  { origin: other, reads: false, writes: false, isFromElsewhere: true },
  { origin: 'null', reads: false, writes: false, isFromElsewhere: true },
  { origin: '', reads: false, writes: false, isFromElsewhere: true },
  { origin: 'http://keys.example.com', reads: false, writes: false, isFromElsewhere: true },
  { origin: `${publicUrl}:8443`, reads: false, writes: false, isFromElsewhere: true },
  { origin: `${publicUrl}.evil.example`, reads: false, writes: false, isFromElsewhere: true },
  { origin: `${publicUrl}/`, reads: false, writes: false, isFromElsewhere: true },
];

for (const row of rows) {
  const said = JSON.stringify({ secFetchSite: row.secFetchSite, origin: row.origin });
  test(`the cookie of a request that says ${said} counts for ${row.writes ? 'all' : row.reads ? 'reading' : 'nothing'}`, () => {
    const headers = { secFetchSite: row.secFetchSite, origin: row.origin, publicUrl };
    for (const method of ['GET', 'HEAD'])
      assert.equal(isCookieTrusted({ method, ...headers }), row.reads, method);
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS', 'get']) {
      assert.equal(isCookieTrusted({ method, ...headers }), row.writes, method);
    }
    assert.equal(isFromElsewhere({ method: 'POST', ...headers }), row.isFromElsewhere);
  });
}
