import { slugify } from '../../core/text.ts';
import type { Page } from './page.ts';
import { baseOf, folderOf, isIndex, splitPrefix, withoutExtension } from './paths.ts';
import type { Problem } from './problem.ts';

export interface Named {
  readonly page: Page;
  readonly slug: string;
}

interface Candidates {
  /** From the name of the file, or of its folder for a folder's page. */
  readonly short: string;
  /** From the whole path. */
  readonly long: string;
}

function candidatesOf(file: string, folderName: string): Candidates {
  const path = isIndex(file) ? folderOf(file) : withoutExtension(file);
  const parts =
    path === '' ? [folderName] : path.split('/').filter((part) => part !== '_posts' && part !== '_drafts');
  const names = parts.map((part) => splitPrefix(part).name);
  return { short: slugify(names.at(-1) ?? baseOf(path)), long: slugify(names.join('-')) };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function sharedProblems(slug: string, sharers: readonly Named[]): Problem[] {
  return sharers.map(({ page }) => {
    const others = sharers.filter((other) => other.page !== page).map((other) => other.page.file);
    return {
      file: page.file,
      line: page.lines.slug ?? 1,
      message: `the slug "${slug}" is also that of ${others.join(', ')}: neither was sent`,
    };
  });
}

export interface Naming {
  readonly named: Named[];
  readonly problems: readonly Problem[];
  /** Every slug that a file lays claim to, those of problems included. */
  readonly claimed: ReadonlySet<string>;
}

/**
 * The slug that each file asks for, else its name, else, where two names are alike, its whole path. Files that share
 * one all the same are problems, each of which names the others. So is a file whose slug depends on an unreadable one.
 */
export function nameSlugs(pages: readonly Page[], unreadable: readonly string[], folderName: string): Naming {
  const choices = pages.map((page) => ({ page, ...candidatesOf(page.file, folderName) }));
  const claims = groupBy(choices, ({ page, short }) => page.slug ?? short);
  const doubtful = new Map(unreadable.map((file) => [candidatesOf(file, folderName).short, file]));
  const all = choices.map(({ page, short, long }) => {
    const isShared = claims.get(page.slug ?? short)!.length > 1;
    return { page, slug: page.slug ?? (isShared ? long : short) };
  });
  const problems: Problem[] = [];
  const named: Named[] = [];
  const report = ({ page }: Named, message: string) => problems.push({ file: page.file, line: 1, message });
  const groups = groupBy(all, ({ slug }) => slug);
  for (const [slug, sharers] of groups) {
    const rival = doubtful.get(slug);
    if (slug === '') {
      for (const one of sharers)
        report(one, 'the name has no letters or digits to make a slug of: write a slug');
    } else if (sharers.length > 1) problems.push(...sharedProblems(slug, sharers));
    else if (rival !== undefined && sharers[0]!.page.slug === null) {
      report(sharers[0]!, `its slug depends on ${rival}, which cannot be read: write a slug`);
    } else named.push(...sharers);
  }
  return { named, problems, claimed: new Set(groups.keys()) };
}
