import type { RawAnswer } from '../raw-http.ts';
import { seedOf, totp } from '../totp.ts';
import { type Cast, type Perform, plainRequest } from './cast.ts';
import { cookiesOf } from './learn.ts';
import type { Person, World } from './world.ts';

/** Steps that need what an earlier one answered, and that random requests would hardly ever take in this order. */
export class Journeys {
  readonly #world: World;
  readonly #cast: Cast;
  readonly #perform: Perform;

  constructor(world: World, cast: Cast, perform: Perform) {
    this.#world = world;
    this.#cast = cast;
    this.#perform = perform;
  }

  async #step(operationId: string, person: Person, body?: unknown): Promise<RawAnswer> {
    const answer = await this.#perform(plainRequest(this.#world, operationId, person, { body }));
    if (answer === null || answer.status >= 300) {
      throw new Error(`${operationId} on the way failed: ${answer?.status} ${answer?.text}`);
    }
    const cookie = answer.headers['set-cookie'];
    if (cookie !== undefined && cookiesOf(cookie) !== '') person.cookie = cookiesOf(cookie);
    return answer;
  }

  /** From switching the second factor on to switching it off, with both kinds of codes. */
  async secondFactor(): Promise<void> {
    const person = await this.#cast.newPerson(this.#world.tenants[0]!, 'developer');
    const { password } = person;
    const started = await this.#step('startTwoFactor', person, { password });
    const seed = seedOf(started.body.totpURI);
    await this.#step('verifyTotp', person, { code: totp(seed.bytes, Date.now()) });
    const renewed = await this.#step('renewBackupCodes', person, { password });
    await this.#step('signOut', person);
    const { email, ip } = person;
    const asNobody = { ...person, cookie: '' };
    const signIn = plainRequest(this.#world, 'signIn', { kind: 'nobody', ip }, { body: { email, password } });
    const asked = await this.#perform(signIn);
    asNobody.cookie = cookiesOf(asked?.headers['set-cookie'] ?? '');
    await this.#step('verifyBackupCode', asNobody, { code: renewed.body.backupCodes[0] });
    await this.#step('reauthenticate', asNobody, { password, code: renewed.body.backupCodes[1] });
    await this.#step('endTwoFactor', asNobody, { password });
  }

  /** Somebody whom random requests may demote and remove. */
  async expendable(): Promise<void> {
    await this.#cast.newPerson(this.#world.tenants[0]!, 'viewer', false);
  }

  /** What a person does with their own sessions. */
  async sessions(): Promise<void> {
    const person = await this.#cast.newPerson(this.#world.tenants[0]!, 'viewer');
    const first = person.cookie;
    await this.#cast.signIn(person);
    const listed = await this.#step('listSessions', person);
    const other = listed.body.data.find((session: { isCurrent: boolean }) => !session.isCurrent);
    await this.#step('endSession', person, { id: other.id });
    await this.#step('getSession', person);
    const ended = plainRequest(this.#world, 'getSession', { ...person, cookie: first });
    await this.#perform({ ...ended, refusal: 'its session was ended' });
    await this.#step('reauthenticate', person, { password: person.password });
    const newPassword = this.#cast.password();
    await this.#step('changePassword', person, { currentPassword: person.password, newPassword });
    person.password = newPassword;
    await this.#step('endOtherSessions', person);
  }
}
