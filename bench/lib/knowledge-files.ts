import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const categories = 20;

function textOf(index: number): string {
  const paragraphs = Array.from(
    { length: 12 },
    (_, i) =>
      `Paragraph ${i + 1} of article ${index} explains step ${(index * 7 + i) % 31} of the set-up, names the page ` +
      `where it is done, and says what to look at when it does not work. See also article ${(index * 13 + i) % 2_000}.`,
  );
  return `# Article ${index}\n\n${paragraphs.join('\n\n')}\n`;
}

/** A help centre of so many Markdown files in twenty folders, the same each time. */
export function writeKnowledgeFiles(directory: string, count: number): void {
  for (let i = 0; i < categories; i++) mkdirSync(join(directory, `category-${i + 1}`), { recursive: true });
  for (let i = 0; i < count; i++) {
    const folder = `category-${(i % categories) + 1}`;
    writeFileSync(join(directory, folder, `article-${i}.md`), textOf(i));
  }
}
