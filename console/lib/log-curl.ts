interface Asked {
  readonly method: string;
  readonly path: string;
  readonly requestBody?: string | undefined;
}

/** Where the request goes: the address of the environment, and a host to name where the address does not. */
interface Place {
  readonly origin: string;
  readonly host: string | null;
}

/** A text as one word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The request again, as a command. The key is taken from the environment of the shell: it is not known here. */
export function curlOf({ method, path, requestBody }: Asked, { origin, host }: Place): string {
  // What is typed into a terminal can be more than text. Line ends and tabs in a body are harmless inside quotes.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
  const clean = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
  const lines = [
    `curl ${method === 'GET' ? '' : method === 'HEAD' ? '--head ' : `-X ${shellWord(method)} `}--globoff ${shellWord(origin + clean(path))}`,
    ...(host === null ? [] : [`-H ${shellWord(`Host: ${host}`)}`]),
    '-H "Authorization: Bearer $KEYWARD_API_KEY"',
    ...(requestBody === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `--data-raw ${shellWord(clean(requestBody))}`]),
  ];
  return lines.join(' \\\n  ');
}
