import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
} from 'yaml';
import { FileError } from './problem.ts';

/** A field of the front matter, with the line of the file it stands on. */
export interface Field {
  readonly line: number;
  /** Numbers and booleans where they were written plainly; every other single value is a text. */
  readonly value: string | number | boolean | null | readonly string[] | undefined;
  /** The text as it was written, for fields in which `1.0` is a word. */
  readonly text: string | null;
}

export interface Source {
  readonly fields: ReadonlyMap<string, Field>;
  /** What stands below the front matter, without the one empty line that may follow it. */
  readonly content: string;
  /** Lines of the file before `content`. */
  readonly linesBefore: number;
}

const fence = /^---[ \t]*(?:\r\n|\n|\r)/;
const closing = /^(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|$)/gm;
const emptyLine = /^[ \t]*(?:\r\n|\n|\r)/;

export function countLines(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

/** Takes front matter and content apart. Throws a `FileError` where the front matter cannot be read. */
export function parseSource(text: string): Source {
  if (/^\+\+\+[ \t]*(?:\r|\n|$)/.test(text)) {
    throw new FileError(
      'TOML front matter (+++) is not supported: write it as YAML between two lines of "---"',
    );
  }
  const open = fence.exec(text)?.[0];
  if (open === undefined) return { fields: new Map(), content: text, linesBefore: 0 };
  closing.lastIndex = open.length;
  const end = closing.exec(text);
  if (end === null)
    throw new FileError('the front matter that begins here is never closed by a line of "---"');
  const yaml = text.slice(open.length, end.index);
  const rest = text.slice(end.index + end[0].length);
  const content = rest.replace(emptyLine, '');
  const linesBefore = countLines(text.slice(0, text.length - content.length));
  return { fields: parseFields(yaml), content, linesBefore };
}

/** `yaml` begins on the second line of the file. */
function parseFields(yaml: string): Map<string, Field> {
  const lineCounter = new LineCounter();
  // A lone carriage return ends a line of the file, though not of YAML.
  const document = parseDocument(yaml.replaceAll(/\r\n?/g, '\n'), {
    lineCounter,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const lineAt = (offset: number | undefined) => lineCounter.linePos(offset ?? 0).line + 1;
  const [error] = document.errors;
  if (error) {
    const message = error.message.split('\n', 1)[0]!;
    const last = yaml.trimEnd().length;
    throw new FileError(
      `the front matter is not valid YAML: ${message}`,
      lineAt(Math.min(error.pos[0], last)),
    );
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return new Map();
  if (!isMap(contents)) {
    throw new FileError(
      'the front matter must be fields such as "title: Install"',
      lineAt(contents.range?.[0]),
    );
  }
  const fields = new Map<string, Field>();
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : null;
    if (name === null) continue;
    const line = lineAt((key as Scalar).range?.[0]);
    const node = (value as Node | null) ?? null;
    fields.set(name, {
      line,
      ...readNode(isAlias(node) ? (node.resolve(document as Document) ?? null) : node),
    });
  }
  return fields;
}

function readNode(node: Node | null): Omit<Field, 'line'> {
  if (node === null) return { value: null, text: null };
  if (isScalar(node)) {
    const text = textOf(node);
    const isPlain = typeof node.value === 'number' || typeof node.value === 'boolean' || node.value === null;
    return { value: isPlain ? (node.value as number | boolean | null) : text, text };
  }
  if (isSeq(node)) {
    const scalars = node.items.filter((item) => isScalar(item));
    const isFlat = scalars.length === node.items.length;
    const items = scalars.map(textOf).filter((item) => item !== null);
    return { value: isFlat ? items : undefined, text: null };
  }
  return { value: undefined, text: null };
}

function textOf(node: Scalar): string | null {
  if (node.value === null) return null;
  if (typeof node.value !== 'string') return node.source ?? String(node.value);
  const isBlock = node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL;
  return isBlock ? node.value.replace(/\n+$/, '') : node.value;
}
