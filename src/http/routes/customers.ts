import { toTimestamp } from '../../contract/common.ts';
import * as contract from '../../contract/customers.ts';
import {
  anonymizeCustomer,
  type Customer,
  createCustomer,
  deleteCustomer,
  getCustomer,
  listCustomers,
  patchCustomer,
} from '../../services/customers.ts';
import { ok, type Route, route, tagOf } from '../route.ts';
import { presentTimes, recordParams, recordRoutes } from './records.ts';

const tag = 'Customers';

function present({ id, name, email, metadata, anonymizedAt }: Customer) {
  return { id, name, email, metadata, anonymizedAt: toTimestamp(anonymizedAt) };
}

export const customerRoutes: Route[] = [
  ...recordRoutes({
    path: 'customers',
    tag,
    names: ['Customer', 'Customers'],
    noun: 'a customer',
    surface: 'customers',
    notes: { delete: 'Refused while anything belongs to the customer, or an API key is for the customer.' },
    refusals: { create: ['conflict', 'customer_not_allowed'], update: ['conflict'], delete: ['conflict'] },
    query: contract.listCustomersQuery,
    createBody: contract.createCustomerBody,
    patchBody: contract.patchCustomerBody,
    view: contract.customerView,
    page: contract.customerPage,
    present,
    list: listCustomers,
    get: getCustomer,
    create: async (app, ctx, body) => ({ record: await createCustomer(app, ctx, body), isNew: true }),
    patch: patchCustomer,
    remove: deleteCustomer,
  }),
  route({
    method: 'POST',
    path: '/api/v1/customers/{id}/anonymize',
    operationId: 'anonymizeCustomer',
    tag,
    summary: 'Forget who a customer is',
    description:
      'Name, e-mail address and metadata go for ever; what belongs to the customer stays. Again, it changes nothing.',
    access: { scopes: ['customers:write'] },
    params: recordParams,
    answers: { 200: contract.customerView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const customer = await anonymizeCustomer(app, ctx, params.id);
      return ok({ ...present(customer), ...presentTimes(customer) }, { etag: tagOf(customer) });
    },
  }),
];
