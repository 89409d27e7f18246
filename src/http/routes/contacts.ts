import * as contract from '../../contract/contacts.ts';
import {
  deleteContact,
  getContact,
  listContacts,
  patchContact,
  presentContact,
  putContact,
} from '../../services/contacts.ts';
import { importRoute } from '../imports/route.ts';
import type { Route } from '../route.ts';
import { recordRoutes } from './records.ts';

const tag = 'Contacts';

const importContacts = importRoute({
  path: '/api/v1/contacts/import',
  operationId: 'importContacts',
  tag,
  summary: 'Import contacts',
  description:
    'One contact a line (NDJSON), a JSON list, or CSV below a header, up to 100,000 contacts and 64 MiB. A job takes each as a POST of it would be: one whose e-mail address is new is created, one that is known is changed, and one that is equal already is left alone. In CSV, columns other than `email`, `phone`, `name` and `customerId` are custom fields, and an empty cell leaves what is known as it is. A line that cannot be used is reported with its number (in a list: its place, from 1), and the others go on. The job goes on through a restart of the server, and ends when the caller loses the rights that it was started with.',
  scopes: ['contacts:write', 'bulk:write'],
  kind: 'contacts.import',
  item: contract.contactBody,
  listId: 'ImportedContacts',
  nouns: ['contact', 'contacts'],
  maxItems: 100_000,
  csv: {
    known: ['email', 'phone', 'name', 'customerId'],
    required: ['email', 'phone'],
    rest: 'customFields',
  },
});

const ofEach: Route[] = recordRoutes({
  path: 'contacts',
  tag,
  names: ['Contact', 'Contacts'],
  noun: 'a contact',
  surface: 'contacts',
  notes: {
    create:
      'Where the customer has a contact with the e-mail address already, that one is changed: 200 instead of 201. Without `customerId` it is the contact with the address, whosever it is.',
  },
  refusals: {
    create: ['customer_not_allowed'],
    update: ['conflict', 'customer_not_allowed'],
    delete: ['conflict'],
  },
  query: contract.listContactsQuery,
  createBody: contract.contactBody,
  patchBody: contract.contactBody,
  view: contract.contactView,
  page: contract.contactPage,
  isPut: true,
  present: presentContact,
  list: listContacts,
  get: getContact,
  create: putContact,
  patch: patchContact,
  remove: deleteContact,
});

export const contactRoutes: Route[] = [...ofEach, importContacts];
