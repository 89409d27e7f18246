import type { CommandWords } from './tree.ts';

/** Fish reads `\` inside single quotes, unlike other shells. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export function fishScript(commands: readonly CommandWords[]): string {
  const paths = commands.map(({ path }) => quoted(path)).join(' ');
  return `# Completion of keyward for fish. Keep it as ~/.config/fish/completions/keyward.fish.

# Whether the words so far lead to the command that is asked for.
function __keyward_at
    set -l here ${commands[0]!.path}
    for word in (commandline -opc)
        if contains -- "$here $word" ${paths}
            set here "$here $word"
        end
    end
    test "$here" = "$argv[1]"
end

complete -c keyward -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, children, options, values, takesFiles }: CommandWords): string[] {
  const at = `complete -c keyward -n ${quoted(`__keyward_at ${quoted(path)}`)}`;
  return [
    ...children.map(({ name, description }) => `${at} -a ${name} -d ${quoted(description)}`),
    ...values.map((value) => `${at} -a ${quoted(value)}`),
    ...(takesFiles ? [`${at} -F`] : []),
    ...options.map(({ flag, description, takesValue, values: known }) => {
      const value = takesValue ? (known.length > 0 ? ` -x -a ${quoted(known.join(' '))}` : ' -r') : '';
      return `${at} -l ${flag.slice(2)}${value} -d ${quoted(description)}`;
    }),
  ];
}
