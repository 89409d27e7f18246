import { importedArticle } from '../../../contract/kb-import.ts';
import { importRoute as importing } from '../../imports/route.ts';
import { tag } from './items.ts';

export const importRoute = importing({
  path: '/api/v1/kb/import',
  operationId: 'importArticles',
  tag,
  summary: 'Import articles',
  description:
    'One article a line (NDJSON), or a JSON list, up to 50,000 articles and 64 MiB, each at most 1 MiB. A job puts them into the knowledge base: an article whose slug is new is created, one whose slug is known is updated, and one that is equal already is left alone. A line that cannot be used is reported with its number (in a list: its place, from 1), and the others go on. The job goes on through a restart of the server, and ends when the caller loses the rights that it was started with.',
  scopes: ['knowledge:write', 'bulk:write'],
  kind: 'kb.import',
  item: importedArticle,
  listId: 'ImportedArticles',
  nouns: ['article', 'articles'],
  maxItems: 50_000,
});
