const fence = /^[ \t>]*(?:`{3,}|~{3,})/;
/** Rulers, underlines of headings, the second line of a table, and where a reference leads. */
const silent = /^[ \t]*(?:[-*_=](?:[ \t]*[-*_=])+|[|:-][|: \t-]*|\[[^[\]]+\]:[ \t]*\S.*)[ \t]*$/;
const blockMarkers = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:#{1,6}[ \t]+)?/;
const link = /!?\[([^[\]]*)\](?:\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+"[^"]*")?\)|\[[^[\]]*\])/g;
const autolink = /<((?:https?|mailto):[^\s<>]*)>/g;
const stars = /(?<![\p{L}\p{N}\\*])(\*{1,3})(?=[^\s*])([^*]*)(?<![\s\\])\1(?![\p{L}\p{N}*])/gu;
const underscores = /(?<![\p{L}\p{N}\\_])(_{1,3})(?=[^\s_])([^_]*)(?<![\s\\])\1(?![\p{L}\p{N}_])/gu;
const tildes = /(?<![\\~])(~~)(?=[^\s~])([^~]*)(?<![\s\\])\1(?!~)/gu;
const escaped = /\\([!-/:-@[-`{-~])/g;

function plainInline(text: string): string {
  if (!/[\\*_~[<]/.test(text)) return text;
  let plain = text.replace(autolink, '$1');
  // Twice: pictures are texts of links, and strong words stand in emphasised ones.
  for (let i = 0; i < 2; i++) {
    plain = plain.replace(link, '$1');
    for (const marks of [stars, underscores, tildes]) plain = plain.replace(marks, '$2');
  }
  return plain.replace(escaped, '$1');
}

/** Every second part is code, in which nothing has a meaning. */
function plainLine(line: string): string {
  if (silent.test(line)) return '';
  const parts = line.replace(blockMarkers, '').split(/`+([^`]+)`+/);
  return parts.map((part, i) => (i % 2 === 1 ? part : plainInline(part))).join('');
}

/**
 * Roughly what people read of a Markdown text, never longer than it: in time that grows with its length alone, whatever
 * it contains, and so without a parser.
 */
export function plainTextOf(markdown: string): string {
  let isCode = false;
  const lines = markdown.split('\n').map((line) => {
    if (!fence.test(line)) return isCode ? line : plainLine(line);
    isCode = !isCode;
    return '';
  });
  return lines.join('\n');
}
