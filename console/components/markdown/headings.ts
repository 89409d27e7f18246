interface Node {
  readonly type: string;
  depth?: number;
  readonly children?: readonly Node[];
}

/** Headings of a text that begins low or leaves levels out come to stand one level below another. */
export function closeHeadingGaps() {
  return (tree: Node): void => {
    const open: number[] = [];
    const visit = (node: Node): void => {
      if (node.type === 'heading' && node.depth !== undefined) {
        while (open.length > 0 && open.at(-1)! >= node.depth) open.pop();
        open.push(node.depth);
        node.depth = open.length;
      }
      for (const child of node.children ?? []) visit(child);
    };
    visit(tree);
  };
}
