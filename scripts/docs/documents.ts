import { type Files, guideLinks, guideTables, readGuides } from './guides.ts';
import { findDeadLinks } from './links.ts';
import { tables } from './tables.ts';

/** The documents with what is made from code as it is today, and all that is wrong with them. */
export function makeDocuments(files: Files): { fresh: Files; problems: readonly string[] } {
  const { guides, problems: frontMatter } = readGuides(files);
  const used = new Set<string>();
  const makersFor = (file: string): Readonly<Record<string, () => string>> => ({
    ...tables,
    guides: () => guideTables(guides, file),
    guidelinks: () => guideLinks(guides, file),
  });
  const fresh = new Map(
    [...files].map(([file, text]) => [file, withTables(text, makersFor(file), used)] as const),
  );
  const problems = [...frontMatter];
  for (const [file, text] of fresh) problems.push(...findDeadLinks(file, text, fresh));
  for (const name of Object.keys(makersFor(''))) {
    if (!used.has(name)) problems.push(`no file has the table <!-- ${name} -->`);
  }
  return { fresh, problems };
}

function withTables(text: string, makers: Readonly<Record<string, () => string>>, used: Set<string>): string {
  return text.replaceAll(
    /(<!-- (\w+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
    (whole, start: string, name: string, end: string) => {
      const make = makers[name];
      used.add(name);
      return make ? `${start}\n${make()}\n\n${end}` : whole;
    },
  );
}

/** Files whose tables are not what the code makes of them. */
export function findOld(files: Files, fresh: Files): readonly string[] {
  return [...files].filter(([file, text]) => fresh.get(file) !== text).map(([file]) => file);
}
