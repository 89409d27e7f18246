import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorTable } from '../src/errors.ts';
import { bodyExamples } from '../src/http/openapi/examples.ts';
import { refusalsByStatus } from '../src/http/openapi/refusals.ts';
import type { Route } from '../src/http/route.ts';
import { routes } from '../src/http/routes/index.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestRequest } from './harness.ts';
import {
  baseQuery,
  bodyWith,
  cookies,
  credentials,
  fieldsOf,
  headerValues,
  hostileValues,
  jsonOf,
  pathValues,
  queriesFor,
  rawBodies,
  sampleOf,
  shapeOf,
  unknownFields,
} from './hostile-input.ts';

const slowestMs = 3_000;
const parameter = /\{\w+\}/g;
const highest = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
/** What an answer never says: places in our code or machine, the words of database and runtime. */
const inside =
  /node_modules|file:\/\/|\.[cm]?[jt]s:\d|\n\s+at |\/work\/|\/tmp\/|\/home\/|sqlite|postgres|kysely|zod|constraint|syntax error|select .* from|insert into|(Type|Range|Reference)Error|Cannot read|is not a function|is not iterable|ECONN|\[object /i;

/** One route, somebody who may call it, and something to call it on: there again whatever the last request did. */
class Target {
  readonly route: Route;
  readonly #harness: Harness;
  #key = '';
  #path = '';
  #categoryId: string | undefined;
  #session: object | undefined;

  constructor(harness: Harness, route: Route) {
    this.#harness = harness;
    this.route = route;
  }

  get path(): string {
    return this.#path;
  }

  /** Where a call changes nothing, so that nothing has to be put back. */
  get pathToNothing(): string {
    return this.route.path.replaceAll(parameter, 'none');
  }

  get caller(): Pick<TestRequest, 'key' | 'cookie'> {
    if ('open' in this.route.access) return {};
    return 'people' in this.route.access ? { cookie: this.#harness.owner.cookie } : { key: this.#key };
  }

  async prepare(): Promise<void> {
    const { app, owner } = this.#harness;
    const sessions = app.database.read.selectFrom('sessions').selectAll();
    this.#session ??= await sessions.where('user_id', '=', owner.userId).executeTakeFirstOrThrow();
    this.#key = (
      await this.#harness.createKey({ scopes: [...app.catalogue.all], rateLimit: highest })
    ).secret;
    await this.#renewPath();
  }

  async restore(): Promise<void> {
    const { app, owner, send } = this.#harness;
    if ('people' in this.route.access) {
      const alive = await send({ url: '/api/auth/get-session', cookie: owner.cookie });
      if (alive.status === 401) {
        await app.database.write
          .insertInto('sessions')
          .values(this.#session as never)
          .execute();
      }
    } else if (this.#key !== '' && (await send({ url: '/api/v1/me', key: this.#key })).status === 401) {
      await this.prepare();
    }
    if (this.route.method === 'DELETE' && this.#path !== '') await this.#renewPath();
  }

  async #renewPath(): Promise<void> {
    const [list, ...rest] = this.route.path.split(/\/\{\w+\}/);
    const id = rest.length > 0 ? await this.#idIn(list!) : '';
    this.#path = rest.length > 0 ? `${list}/${id}${rest.join('/none')}` : list!;
  }

  /** The id of something new in the list, or of what is there, or of nothing. */
  async #idIn(list: string): Promise<string> {
    const create = routes.find((route) => route.method === 'POST' && route.path === list);
    if (create?.body) {
      const answer = await this.#harness.send({
        url: list,
        body: await this.validBody(create),
        ...this.caller,
      });
      if (answer.status < 300) return answer.body.id;
    }
    const answer = await this.#harness.send({ url: list, ...this.caller });
    return answer.body?.data?.[0]?.id ?? 'none';
  }

  async validBody(route = this.route): Promise<Record<string, unknown>> {
    const example = (bodyExamples[route.operationId] ?? {}) as Record<string, unknown>;
    const body = { ...example, ...(sampleOf(shapeOf(route.body!)) as Record<string, unknown>) };
    if (!('categoryId' in body)) return body;
    this.#categoryId ??= await this.#idIn('/api/v1/kb/categories');
    return { ...body, categoryId: this.#categoryId };
  }
}

/** What any request can get, also where a route takes no body: OpenAPI tells it once, or not for that route. */
const beforeTheRoute = new Set(['not_found', 'malformed_json', 'body_too_large', 'unsupported_media_type']);
const declared = new Map<Route, ReadonlySet<string>>();

function declaredBy(route: Route): ReadonlySet<string> {
  const codes = declared.get(route) ?? new Set([...refusalsByStatus(route).values()].flat());
  declared.set(route, codes);
  return codes;
}

function checkProblem(answer: TestAnswer, route: Route | null, said: string): void {
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/, said);
  const { code, detail, status, title, type, requestId, errors } = answer.body;
  const entry = errorTable[code as keyof typeof errorTable];
  assert.ok(entry, said);
  assert.deepEqual([answer.status, status, title], [entry[0], entry[0], entry[1]], said);
  assert.ok(type.endsWith(`/docs/errors/${code}`), said);
  assert.equal(requestId, answer.headers['x-request-id'], said);
  assert.equal(answer.headers['cache-control'], 'no-store', said);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff', said);
  assert.doesNotMatch(answer.text, inside, said);
  assert.ok(answer.text.length < 20_000 && detail.length <= 500, `${said} is too long`);
  if (code === 'validation_failed') {
    assert.ok(errors.length > 0 && detail.includes(errors[0].message), said);
    for (const error of errors) assert.match(`${error.path}|${error.message}`, /^[^|]*\|\S+ \S+/, said);
  } else assert.match(detail, /^([\w.]+: )?[\w`"].* .*[.`]$/, said);
  if (route && !beforeTheRoute.has(code)) assert.ok(declaredBy(route).has(code), `${said} is not declared`);
}

function checkAnswer(answer: TestAnswer, route: Route | null, what: string): void {
  const said = `${what} → ${answer.status} ${answer.text.slice(0, 500)}`;
  assert.ok(answer.status >= 200 && answer.status < 500, said);
  assert.notEqual(Math.floor(answer.status / 100), 3, said);
  assert.match(answer.headers['x-request-id'] ?? '', /^req_/, said);
  if (answer.status >= 400) checkProblem(answer, route, said);
  if (answer.status >= 400 || route === null) return;
  const schema = route.answers[answer.status];
  assert.notEqual(schema, undefined, `${said} is not declared`);
  if (schema && answer.body !== undefined) schema.parse(answer.body);
}

type Send = Omit<TestRequest, 'url'> & { readonly url?: string; readonly isElsewhere?: boolean };

onEachDatabase((kind, skip) => {
  describe(`hostile input on ${kind}`, { skip }, () => {
    let harness: Harness;

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '1000000' } });
    });

    after(() => harness.close());

    for (const route of routes) {
      describe(`${route.method} ${route.path}`, () => {
        const { names, text } = baseQuery(route);
        let target: Target;
        let sent = 0;
        let wrong: string[] = [];

        before(async () => {
          target = new Target(harness, route);
          await target.prepare();
        });

        const send = async (what: string, { isElsewhere, ...request }: Send): Promise<TestAnswer> => {
          sent++;
          const url = request.url ?? (text === '' ? target.path : `${target.path}?${text}`);
          const started = performance.now();
          const answer = await harness.send({ method: route.method, ...target.caller, ...request, url });
          const tookMs = performance.now() - started;
          const said = `${route.method} ${url.slice(0, 100)} with ${what.slice(0, 120)}`;
          if (tookMs > slowestMs) wrong.push(`${said} took ${tookMs} ms`);
          try {
            checkAnswer(answer, isElsewhere ? null : route, said);
          } catch (error) {
            wrong.push((error as Error).message);
          }
          if (answer.status < 300 && route.method !== 'GET') await target.restore();
          return answer;
        };
        /** All that is wrong with a kind of input at once, and that the server goes on as ever. */
        const whatever = (title: string, work: () => Promise<void>) =>
          test(title, async () => {
            wrong = [];
            await work();
            assert.deepEqual(wrong.slice(0, 20), []);
            assert.deepEqual(Object.keys(Object.prototype), []);
            assert.equal(({} as { polluted?: unknown }).polluted, undefined);
            const { owner } = harness;
            await target.restore();
            await harness.send({
              url: '/api/v1/tenant',
              method: 'PATCH',
              body: { ceilings: null },
              cookie: owner.cookie,
            });
            const normal = await harness.send({ url: '/api/v1/members', cookie: owner.cookie });
            assert.equal(normal.status, 200, normal.text);
            assert.deepEqual(
              harness.logged.filter((line) => /failed|cannot/.test(line)),
              [],
            );
          });

        if (route.body) {
          whatever('whatever stands in a field that the schema declares', async () => {
            const shape = shapeOf(route.body!);
            for (const path of fieldsOf(shape)) {
              for (const value of hostileValues) {
                const body = jsonOf(bodyWith(shape, await target.validBody(), path, value));
                await send(`${path.join('.')} = ${jsonOf(value)}`, { body });
              }
            }
          });

          whatever('a field that the schema does not know is refused by its name', async () => {
            for (const name of unknownFields) {
              const unknown = Object.fromEntries([[name, { polluted: 1 }]]);
              const answer = await send(`the field ${name}`, {
                body: { ...(await target.validBody()), ...unknown },
              });
              assert.equal(answer.status, 400, answer.text);
              const paths = answer.body.errors?.map((error: { path: string }) => error.path);
              assert.ok(paths?.includes(name), answer.text);
            }
          });
        }

        whatever('whatever the query is', async () => {
          // Changes read no query, and each that succeeds would have to be undone.
          const isRead = route.method === 'GET';
          for (const query of queriesFor(isRead ? names : [], text)) {
            await send(`the query ${query}`, {
              url: `${isRead ? target.path : target.pathToNothing}?${query}`,
            });
          }
        });

        const parameters = route.path.match(parameter) ?? [];
        if (parameters.length > 0) {
          whatever('whatever the path says', async () => {
            for (const name of parameters) {
              for (const value of pathValues) {
                const url = route.path.replace(name, () => value).replaceAll(parameter, 'none');
                await send('a hostile path', { url, isElsewhere: true });
              }
            }
          });
        }

        // What follows is over before a database is asked: one of them is enough.
        if (kind !== 'sqlite') return;

        whatever('whatever the body is', async () => {
          for (const { what, payload, contentType } of route.method === 'GET'
            ? rawBodies.slice(0, 3)
            : rawBodies) {
            const headers =
              contentType === null ? undefined : { 'content-type': contentType ?? 'application/json' };
            await send(what, { body: payload, headers });
          }
        });

        whatever('whatever a header says', async () => {
          for (const [name, values] of Object.entries(headerValues)) {
            const isRead = route.method === 'GET' || /^(if-match|idempotency-key)$/.test(name);
            for (const value of values) {
              const body = route.body ? (isRead ? await target.validBody() : {}) : undefined;
              const request = { body, headers: { [name]: value }, isElsewhere: name === 'host' };
              await send(`${name}: ${value}`, isRead ? request : { ...request, url: target.pathToNothing });
            }
          }
        });

        whatever('no credential that is not one gets in', async () => {
          const callers = [
            ...credentials.map((value) => ({
              key: undefined,
              cookie: undefined,
              headers: { authorization: value },
            })),
            ...cookies.map((cookie) => ({ key: undefined, cookie })),
          ];
          for (const caller of callers) {
            const answer = await send(`the caller ${JSON.stringify(caller)}`, caller);
            if (!('open' in route.access)) assert.equal(answer.status, 401, answer.text);
          }
          assert.ok(sent > 100);
        });
      });
    }
  });
});
