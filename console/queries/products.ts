import { recordQueries } from '@/lib/record-queries.ts';
import type { Product } from '@/types.ts';

export const products = recordQueries<Product>('products');
