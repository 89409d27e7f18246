import { requestText } from './load.ts';

export const categoriesPath = '/api/v1/kb/categories';

/** Twenty categories, as a small help centre has them. */
export async function addCategories(port: number, secret: string): Promise<void> {
  for (let i = 1; i <= 20; i++) {
    const response = await fetch(`http://127.0.0.1:${port}${categoriesPath}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', host: 'localhost' },
      body: JSON.stringify({
        title: `Category ${i}`,
        slug: `category-${i}`,
        description: `Everything about subject ${i}.`,
        sortOrder: i,
      }),
    });
    if (response.status !== 201) throw new Error(`A category was not created: ${await response.text()}`);
  }
}

export function categoryRequests(secrets: readonly string[]): string[] {
  return secrets.map((key) => requestText({ method: 'GET', path: categoriesPath, key }));
}
