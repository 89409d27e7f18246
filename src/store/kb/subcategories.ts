import type { Db } from '../database.ts';

export async function countSubcategories(db: Db, categoryId: string): Promise<number> {
  const row = await db
    .selectFrom('kb_subcategories')
    .select((e) => e.fn.countAll<number>().as('total'))
    .where('category_id', '=', categoryId)
    .executeTakeFirstOrThrow();
  return row.total;
}
