import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Cookies } from './cookies.ts';

const secret = 'a secret for tests, long enough to be one';
const cookies = new Cookies('https://keys.example.com', secret);

function signed(token: string, key = secret): string {
  return encodeURIComponent(`${token}.${createHmac('sha256', key).update(token).digest('base64')}`);
}

test('cookies are bound to the host, out of reach of scripts and other sites; plain only on this machine', () => {
  const secure = { secure: true, httpOnly: true, sameSite: 'strict', path: '/' };
  for (const url of [
    'https://keys.example.com',
    'https://localhost',
    'http://192.168.1.5:8787',
    'http://localhost.evil.example',
  ]) {
    const { names, attributes } = new Cookies(url, secret);
    assert.deepEqual(
      names,
      { session: '__Host-keyward_session', challenge: '__Host-keyward_two_factor' },
      url,
    );
    assert.deepEqual(attributes, secure, url);
  }
  for (const url of [
    'http://localhost:8787',
    'http://127.0.0.1:8787',
    'http://[::1]:8787',
    'http://sandbox.localhost:8787',
  ]) {
    const { names, attributes } = new Cookies(url, secret);
    assert.deepEqual(names, { session: 'keyward_session', challenge: 'keyward_two_factor' }, url);
    assert.deepEqual(attributes, { ...secure, secure: false }, url);
  }
});

test('a token is read only from a cookie that we signed', () => {
  const header = (value: string) => `a=b; __Host-keyward_session=${value}; c=d`;
  assert.equal(cookies.token(header(signed('the-token')), 'session'), 'the-token');
  for (const value of [
    'the-token',
    signed('the-token', 'another secret'),
    signed('the-token').slice(0, -1),
    `x${signed('the-token')}`,
    signed(''),
    '%E0%A4%A',
    '"',
    '',
    '.',
    'é',
  ]) {
    assert.equal(cookies.token(header(value), 'session'), null, value);
  }
  assert.equal(cookies.token(undefined, 'session'), null);
  assert.equal(cookies.token(`keyward_session=${signed('the-token')}`, 'session'), null);
  assert.equal(cookies.token(`x__Host-keyward_session=${signed('the-token')}`, 'session'), null);
});

test('only our own cookies go to better-auth and come back from it', () => {
  const value = signed('the-token');
  const header = `better-auth.trust_device=1; __Host-keyward_session=${value}; __Host-keyward_two_factor=x`;
  assert.equal(cookies.only(header, 'session'), `__Host-keyward_session=${value}`);
  assert.equal(cookies.only('other=1', 'session'), '');
  assert.deepEqual(
    cookies.ours([
      'better-auth.session_data=; Max-Age=0',
      '__Host-keyward_session=1; Path=/',
      '__Host-keyward_session=2; Path=/',
    ]),
    ['__Host-keyward_session=2; Path=/'],
  );
  assert.equal(
    cookies.cleared('session'),
    '__Host-keyward_session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
  );
});
