import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Files, isGuide } from './guides.ts';

/** Links to files and headings that do not exist. */
export function findDeadLinks(file: string, text: string, files: Files): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    const [target = '', heading] = link!.split('#');
    if (/^[a-z]+:/.test(target)) return [];
    const path = target === '' ? file : join(dirname(file), target);
    if (path !== file && !existsSync(path)) return [`${file}: there is no ${target}`];
    if (isGuide(file) && !isGuide(path)) return [`${file}: ${target} is not published with the guides`];
    if (heading === undefined || !path.endsWith('.md')) return [];
    const headings = headingsOf(path === file ? text : (files.get(path) ?? readFileSync(path, 'utf8')));
    return headings.has(heading) ? [] : [`${file}: ${target || 'it'} has no heading #${heading}`];
  });
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
}

/** As GitHub and most other sites name them. */
function headingsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const names = [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => {
    const name = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-');
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  });
  return new Set(names);
}
