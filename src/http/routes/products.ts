import * as contract from '../../contract/licenses.ts';
import {
  createProduct,
  deleteProduct,
  getProduct,
  listProducts,
  patchProduct,
} from '../../services/products.ts';
import type { Route } from '../route.ts';
import { recordRoutes } from './records.ts';

export const productRoutes: Route[] = recordRoutes({
  path: 'products',
  tag: 'Licences',
  names: ['Product', 'Products'],
  noun: 'a product',
  surface: 'licenses',
  notes: { delete: 'Refused while there are licences for it.' },
  refusals: {
    create: ['customer_not_allowed'],
    update: ['customer_not_allowed'],
    delete: ['conflict', 'customer_not_allowed'],
  },
  query: contract.listProductsQuery,
  createBody: contract.createProductBody,
  patchBody: contract.patchProductBody,
  view: contract.productView,
  page: contract.productPage,
  present: ({ id, name, description, metadata }) => ({ id, name, description, metadata }),
  list: listProducts,
  get: getProduct,
  create: async (app, ctx, body) => ({ record: await createProduct(app, ctx, body), isNew: true }),
  patch: patchProduct,
  remove: deleteProduct,
});
