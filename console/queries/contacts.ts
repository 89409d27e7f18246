import { post, send } from '@/api.ts';
import { recordQueries } from '@/lib/record-queries.ts';
import type { Contact, Environment } from '@/types.ts';

export const contacts = recordQueries<Contact>('contacts');

/** Makes a contact, or brings the one that has the address up to date. */
export async function putContact(environment: Environment, body: object, idempotencyKey: string) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  const answer = await send('POST', '/contacts', { environment, body, headers });
  return { contact: (await answer.json()) as Contact, isNew: answer.status === 201 };
}

/** `file` says its media type. The job that is answered takes the contacts in. */
export function importContacts(environment: Environment, file: Blob, idempotencyKey: string) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return post<{ readonly id: string }>('/contacts/import', { environment, body: file, headers });
}
