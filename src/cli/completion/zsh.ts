import { type CommandWords, quoted } from './tree.ts';

/** `path` is the search path in zsh, so the command's words are `here`. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef keyward
# Completion of keyward for zsh. Keep it as a file _keyward in a folder of $fpath, or source it after compinit.

_keyward_values() {
  case "$1" in
${commands.flatMap(valueCases).join('\n')}
  *) return 1 ;;
  esac
}

_keyward() {
  local here=${commands[0]!.path} option='' word
  local -a reply items
  local -A known
  known=(${commands.map(({ path }) => `${quoted(path)} 1`).join(' ')})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $option ]]; then option=''; continue; fi
    case "$word" in
    --*=*) ;;
    -*) if _keyward_values "$here $word"; then option="$word"; fi ;;
    *) if (( \${+known[$here $word]} )); then here="$here $word"; fi ;;
    esac
  done
  if [[ -n $option ]]; then
    _keyward_values "$here $option"
    if (( $#reply )); then compadd -a reply; else _files; fi
    return
  fi
  if [[ $PREFIX == --*=* ]]; then
    _keyward_values "$here \${PREFIX%%=*}"
    compset -P '*='
    compadd -a reply
    return
  fi
  case "$here" in
${commands.map(wordsCase).join('\n')}
  esac
}

# As a file of $fpath it is the function's body; sourced, it has to say what it completes.
if [[ "\${funcstack[1]}" == _keyward ]]; then
  _keyward "$@"
else
  compdef _keyward keyward
fi
`;
}

function described(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`);
}

function wordsCase({ path, children, options, values, takesFiles }: CommandWords): string {
  const flags = options.map(({ flag, description }) => described(flag, description));
  const names = children.map(({ name, description }) => described(name, description));
  const others = [
    ...(names.length > 0 ? [`items=(${names.join(' ')}); _describe -t commands command items`] : []),
    ...(values.length > 0 ? [`compadd -- ${values.map(quoted).join(' ')}`] : []),
    ...(takesFiles ? ['_files'] : []),
  ];
  const rest = others.length > 0 ? others.join('; ') : ':';
  return `  ${quoted(path)})
    if [[ $PREFIX == -* ]]; then items=(${flags.join(' ')}); _describe -o -t options option items
    else ${rest}; fi ;;`;
}

function valueCases({ path, options }: CommandWords): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ flag, values }) => `  ${quoted(`${path} ${flag}`)}) reply=(${values.map(quoted).join(' ')}) ;;`);
}
