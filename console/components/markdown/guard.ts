/** What of a syntax tree matters here; every node of Markdown and of HTML has this form. */
interface Node {
  readonly type: string;
  readonly children?: readonly Node[];
  readonly identifier?: string;
  readonly url?: string;
}

const deepest = 100;
const mostNodes = 100_000;
const mostCells = 20_000;
const longestAddresses = 2_000_000;

class TooLarge extends Error {}

/**
 * Refuses what would become far larger than it is written: a table whose rows are filled up to the columns of its header,
 * a long address that many references repeat, and nesting that the work after it would not come out of again.
 */
export function refuseExplosions() {
  return (tree: Node): void => {
    const addresses = addressesOf(tree);
    let nodes = 0;
    let cells = 0;
    let repeated = 0;
    const visit = (node: Node, depth: number): void => {
      nodes++;
      if (node.type === 'table') cells += cellsOf(node);
      if (node.type.endsWith('Reference') && node.identifier !== undefined)
        repeated += addresses.get(node.identifier) ?? 0;
      if (depth > deepest || nodes > mostNodes || cells > mostCells || repeated > longestAddresses)
        throw new TooLarge('This Markdown becomes too large.');
      for (const child of node.children ?? []) visit(child, depth + 1);
    };
    visit(tree, 0);
  };
}

function cellsOf({ children: rows = [] }: Node): number {
  return rows.length * Math.max(0, ...rows.slice(0, 1).map(({ children }) => children?.length ?? 0));
}

/** Definitions by name with the length of their addresses; they stand in quotes and lists, too. */
function addressesOf(tree: Node): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const open: Node[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { type, identifier, url, children = [] } = node;
    if (type === 'definition' && identifier !== undefined && !found.has(identifier))
      found.set(identifier, url?.length ?? 0);
    for (const child of children) open.push(child);
  }
  return found;
}
