export interface WrittenFields {
  readonly title: string;
  readonly slug: string;
  readonly summary?: string | null;
  readonly category?: string | null;
  readonly subcategory?: string | null;
  readonly tags?: readonly string[];
  readonly status?: string;
  readonly order?: number;
  readonly kb_links?: 'keep';
  readonly kb_source?: string | null;
}

/** Words that YAML, or a YAML of another version, takes for something else than a text. */
const reserved = /^(?:true|false|yes|no|on|off|null|y|n)$/i;
const plain = /^\p{L}[\p{L}\p{N} .()/-]*(?<! )$/u;

/** One line of YAML that is read back as exactly this text. */
function scalar(text: string): string {
  const isPlain = text.length <= 200 && plain.test(text) && !reserved.test(text);
  if (isPlain && text.isWellFormed()) return text;
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Front matter that `kb push` reads as these fields: undefined is left out, null is written as null. */
export function writeFrontMatter(fields: WrittenFields): string {
  const lines = [`title: ${scalar(fields.title)}`, `slug: ${scalar(fields.slug)}`];
  const add = (name: string, text: string | null | undefined) => {
    if (text !== undefined) lines.push(`${name}: ${text === null ? 'null' : scalar(text)}`);
  };
  add('summary', fields.summary ?? undefined);
  add('category', fields.category);
  add('subcategory', fields.subcategory);
  if (fields.tags?.length) lines.push(`tags: [${fields.tags.map((tag) => scalar(tag)).join(', ')}]`);
  add('status', fields.status);
  if (fields.order !== undefined) lines.push(`order: ${fields.order}`);
  add('kb_links', fields.kb_links);
  add('kb_source', fields.kb_source);
  return `---\n${lines.join('\n')}\n---\n`;
}
