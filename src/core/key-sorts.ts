/** What a list of keys can be sorted by, with `-` the other way round; the first is the default. */
export const keySorts = ['-created', 'created', 'name', '-name', 'lastUsed', '-lastUsed'] as const;

export type KeySort = (typeof keySorts)[number];
