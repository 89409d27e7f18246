/** What a caller is told with each status, in words. */
const words: Readonly<Record<string, string>> = {
  200: 'Answered',
  201: 'Created',
  202: 'Accepted, and done later',
  204: 'Done, nothing to say',
  206: 'Part of a file',
  304: 'Not changed since the caller asked last',
  400: 'The request was wrong',
  401: 'The key was not let in',
  403: 'The key may not do that',
  404: 'There is no such thing',
  405: 'The method does not exist there',
  406: 'No answer in the asked format',
  409: 'It does not fit what is there',
  410: 'It is gone',
  412: 'It was changed meanwhile',
  413: 'The body was too large',
  415: 'The body had an unknown format',
  422: 'The request could not be carried out',
  428: 'A condition was left out',
  429: 'Over the limit',
  499: 'The caller hung up',
  500: 'The server failed',
  501: 'The server cannot do that',
  502: 'A server behind this one failed',
  503: 'The server was not ready',
  504: 'A server behind this one was too slow',
};

const groups = [
  { first: '2', label: '2xx', words: 'Answered' },
  { first: '3', label: '3xx', words: 'Led elsewhere, or not changed' },
  { first: '4', label: '4xx', words: 'Wrong or refused: for the caller to mend' },
  { first: '5', label: '5xx', words: 'Failed: for the server to mend' },
] as const;

export interface StatusRow {
  readonly status: string;
  readonly words: string;
  readonly total: number;
}

export interface StatusGroup {
  readonly label: string;
  readonly words: string;
  readonly total: number;
  /** The most frequent first. */
  readonly rows: readonly StatusRow[];
}

/** The statuses by their first digit; groups without a request are left out. */
export function groupStatuses(byStatus: Readonly<Record<string, number>>): StatusGroup[] {
  return groups.flatMap(({ first, label, words: groupWords }) => {
    const rows = Object.entries(byStatus)
      .filter(([status, total]) => status.startsWith(first) && total > 0)
      .map(([status, total]) => ({ status, words: words[status] ?? 'Another answer', total }))
      .sort((a, b) => b.total - a.total || a.status.localeCompare(b.status));
    const total = rows.reduce((sum, row) => sum + row.total, 0);
    return rows.length === 0 ? [] : [{ label, words: groupWords, total, rows }];
  });
}
