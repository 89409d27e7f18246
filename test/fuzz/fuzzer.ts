import { setTimeout as delay } from 'node:timers/promises';
import { leakedSecret } from '../hostile-input.ts';
import type { RawAnswer } from '../raw-http.ts';
import { callerFor, whyRefused } from './callers.ts';
import { Cast, plainRequest } from './cast.ts';
import type { FuzzServer } from './child.ts';
import { BrokenOff, Client } from './client.ts';
import { type Operation, operationAt, operationNamed, operations, parametersIn } from './document.ts';
import { draftOf, type FuzzRequest, requestOf } from './draft.ts';
import { attack } from './hostile.ts';
import { Journeys } from './journeys.ts';
import { answeredBy, decoy, faultsOf } from './judge.ts';
import { learn } from './learn.ts';
import { mutate } from './mutations.ts';
import { Random } from './random.ts';
import { Tally } from './tally.ts';
import { decoySecret } from './values.ts';
import { type Caller, homeOf, type KeyCaller, type Person, type Pool, World } from './world.ts';

const manyWorkers = 12;
const deadlineMs = 15_000;
/** Sensitive calls ask again after 10 minutes. */
const freshForMs = 8 * 60_000;
const journeyEvery = 5_000;

/** Those that hash a password (two at once keep a core busy for a tenth of a second), or answer with a large document. */
const rare = new Set([
  'signIn',
  'setUp',
  'acceptInvitation',
  'reauthenticate',
  'changePassword',
  'startTwoFactor',
  'endTwoFactor',
  'renewBackupCodes',
  'signOut',
  'endOtherSessions',
  'exportAuditLog',
  'getOpenApi',
  'getReference',
]);

/** What makes things elsewhere than in their list, and what takes them away again. */
const undoneBy: Readonly<Record<string, string>> = { importKeys: 'deleteKey', replaceKey: 'deleteKey' };

/** What takes away again what an operation makes; null where nothing does. */
function undoOf(operation: Operation): Operation | null {
  const named = undoneBy[operation.id];
  if (named !== undefined) return operationNamed(named);
  if (operation.method !== 'POST') return null;
  if (operation.answers['202']?.headers.includes('Location')) return operationNamed('deleteJob');
  return operationAt('DELETE', `${operation.path}/x`);
}

export interface Mix {
  readonly valid: number;
  readonly near: number;
  readonly hostile: number;
  readonly replay: number;
  readonly double: number;
}

const standardMix: Mix = { valid: 60, near: 24, hostile: 12, replay: 2, double: 2 };

/** Sends requests made from openapi.json, judges every answer, and learns from it what to send next. */
export class Fuzzer {
  readonly tally = new Tally();
  readonly world: World;
  readonly #client: Client;
  readonly #random: Random;
  readonly #cast: Cast;
  readonly #journeys: Journeys;
  readonly #mix: Mix;
  readonly #healing = new Set<unknown>();
  #sinceJourney = 0;

  constructor(server: FuzzServer, seed: number, mix: Mix = standardMix) {
    this.world = new World(server);
    for (const secret of [decoySecret, leakedSecret]) this.world.secrets.add(secret, decoy);
    server.receiver.onMessage = (marker, message) => this.#judgeMessage(marker, message);
    this.#client = new Client(server.port, deadlineMs);
    this.#random = new Random(seed);
    this.#mix = mix;
    const perform = (request: FuzzRequest) => this.perform(request);
    this.#cast = new Cast(this.world, this.#random.fork(), perform);
    this.#journeys = new Journeys(this.world, this.#cast, perform);
  }

  async prepare(): Promise<void> {
    await this.#cast.gather();
    await this.#journey();
  }

  /** Sends so many requests, or until `isOver` says so. With one worker a seed repeats them in their order, too. */
  async run(count: number, isOver: () => boolean = () => false, workers = manyWorkers): Promise<void> {
    const end = this.tally.sent + count;
    const isDone = () => this.tally.sent >= end || isOver() || this.world.server.endedWith !== null;
    const work = async (random: Random) => {
      while (!isDone()) await this.#step(random);
    };
    await Promise.all(Array.from({ length: workers }, () => work(this.#random.fork())));
    while (this.#healing.size > 0) await delay(20);
  }

  close(): void {
    this.#client.close();
  }

  async perform(request: FuzzRequest): Promise<RawAnswer | null> {
    const began = performance.now();
    try {
      const answer = await this.#client.send(request);
      const faults = faultsOf(request, answer, this.world);
      this.tally.count(request, answer, answeredBy(request), performance.now() - began, faults);
      learn(this.world, request, answer);
      return answer;
    } catch (error) {
      if (error instanceof BrokenOff && (await this.#isShutOut(request))) return null;
      this.tally.fail(request, null, (error as Error).message);
      return null;
    }
  }

  /** What a webhook is sent speaks of its own tenant, and of no secret. */
  #judgeMessage(marker: string, message: string): void {
    const { tenants, secrets } = this.world;
    const isForeign = tenants.some((tenant) => tenant.marker !== marker && message.includes(tenant.marker));
    const leaked = secrets.find(message, decoy);
    if (isForeign) this.tally.failAlone('a webhook was sent a text of another tenant', message);
    if (leaked !== null) this.tally.failAlone(`a webhook was sent ${leaked}`, message);
  }

  /** Who may not call any more loses the streams that are under way. */
  async #isShutOut({ caller }: FuzzRequest): Promise<boolean> {
    if (caller.kind === 'nobody') return false;
    const who = caller.kind === 'key' ? 'getMe' : 'getSession';
    const answer = await this.#client.send(plainRequest(this.world, who, caller));
    return answer.status === 401;
  }

  async #step(random: Random): Promise<void> {
    if (++this.#sinceJourney >= journeyEvery) {
      this.#sinceJourney = 0;
      await this.#journey();
    }
    const how = random.weighted(Object.entries(this.#mix) as [keyof Mix, number][]);
    if (how === 'replay') return this.#replay(random);
    const request = this.#make(random, how);
    if (how === 'double') return this.#double(request);
    const answer = await this.perform(request);
    if (answer === null) return;
    if (request.what === 'valid') this.#heal(request, answer);
    const isRepeatable = request.headers.some(([name]) => name === 'idempotency-key');
    if (isRepeatable && answer.status < 300 && !request.isElsewhere)
      this.world.ring<FuzzRequest>('replays').add(request);
  }

  #make(random: Random, how: keyof Mix): FuzzRequest {
    const { world } = this;
    const operation = this.#operation(random);
    const caller = callerFor(operation, world, random);
    const draft = draftOf({ operation: this.#within(operation, caller), random, world, caller });
    draft.refusal = whyRefused(draft.operation, caller);
    if (how === 'near') mutate(draft);
    if (how === 'hostile') attack(draft);
    if (how === 'double') draft.headers.push(['idempotency-key', world.fresh('double-')]);
    return requestOf(draft);
  }

  #operation(random: Random): Operation {
    for (;;) {
      const operation = random.pick(operations);
      if (!rare.has(operation.id) || random.chance(0.15)) return operation;
    }
  }

  /** Where a place is full, what takes away instead of what adds; where it has nothing yet, what makes or lists it. */
  #within(operation: Operation, caller: Caller): Operation {
    const undo = undoOf(operation);
    if (undo !== null && this.#poolOf(undo, caller)?.isFull) return undo;
    const list = parametersIn(operation.path)[0]?.list;
    const isKnown = list === undefined || operation.security.length === 0;
    if (isKnown || (this.#poolOf(operation, caller)?.ids.size ?? 0) > 0) return operation;
    return operationAt('POST', list) ?? operationAt('GET', list) ?? operation;
  }

  #poolOf({ path }: Operation, caller: Caller): Pool | null {
    const kind = this.world.kindOf(path);
    return kind === null ? null : this.world.pool(kind, homeOf(kind, caller));
  }

  async #replay(random: Random): Promise<void> {
    const { items } = this.world.ring<FuzzRequest>('replays');
    if (items.length === 0) return;
    const request = random.pick(items);
    await this.perform({ ...request, what: 'a repeat', isReplay: true });
  }

  /** The same request twice at once: only one of them may run. */
  async #double(request: FuzzRequest): Promise<void> {
    const answers = await Promise.all([this.perform(request), this.perform(request)]);
    const shown = answers.filter((answer) => answer !== null && typeof answer.body?.secret === 'string');
    if (request.operation.isIdempotent && shown.length > 1) {
      this.tally.fail(request, shown[1]!, 'the same Idempotency-Key ran twice at once');
    }
  }

  async #journey(): Promise<void> {
    try {
      await this.#journeys.expendable();
      await this.#journeys.sessions();
      await this.#journeys.secondFactor();
    } catch (error) {
      this.tally.note((error as Error).message);
    }
  }

  /** Whoever can no longer call is replaced, so that the run goes on reaching what lies behind the guard. */
  #heal(request: FuzzRequest, answer: RawAnswer): void {
    const { caller, operation } = request;
    if (operation.id === 'updateTenant' && answer.status === 200) this.#liftCeilings(request.caller);
    if (caller.kind === 'nobody' || this.#healing.has(caller)) return;
    const isOut = answer.status === 401 || answer.body?.code === 'rate_limited';
    const isBase = (this.world.keys as unknown[]).includes(caller);
    if (caller.kind === 'key' && isBase && caller.label === 'full' && isOut) {
      this.#replaced(caller, async () => {
        const fresh = await this.#cast.newKey('full', caller.tenant, caller.environment);
        this.world.keys[this.world.keys.indexOf(caller)] = fresh;
        this.#liftCeilings(caller);
      });
    }
    const isStale = caller.kind === 'person' && performance.now() - caller.madeAtMs > freshForMs;
    if (caller.kind === 'person' && (isOut || isStale)) {
      this.#replaced(caller, async () => {
        const fresh = await this.#cast.newPerson(caller.tenant, caller.role);
        this.world.people[this.world.people.indexOf(caller)] = fresh;
      });
    }
  }

  #liftCeilings(of: FuzzRequest['caller']): void {
    if (of.kind === 'nobody') return;
    const owner = this.world.people.find(({ tenant, role }) => tenant === of.tenant && role === 'owner')!;
    this.perform(plainRequest(this.world, 'updateTenant', owner, { body: { ceilings: null } }));
  }

  #replaced(caller: KeyCaller | Person, work: () => Promise<void>): void {
    this.#healing.add(caller);
    work()
      .catch((error: Error) => this.tally.note(`a caller could not be replaced: ${error.message}`))
      .finally(() => this.#healing.delete(caller));
  }
}
