import * as contract from '../../contract/contacts.ts';
import {
  deleteContact,
  getContact,
  listContacts,
  patchContact,
  putContact,
} from '../../services/contacts.ts';
import type { Route } from '../route.ts';
import { recordRoutes } from './records.ts';

export const contactRoutes: Route[] = recordRoutes({
  path: 'contacts',
  tag: 'Contacts',
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
  present: ({ id, customerId, email, phone, name, customFields }) => ({
    id,
    customerId,
    email,
    phone,
    name,
    customFields,
  }),
  list: listContacts,
  get: getContact,
  create: putContact,
  patch: patchContact,
  remove: deleteContact,
});
