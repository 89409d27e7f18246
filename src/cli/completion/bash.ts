import { type CommandWords, quoted } from './tree.ts';

/** From the words on the line to the command they lead to, and what may follow. */
const walk = `_keyward() {
  local line="\${COMP_LINE:0:COMP_POINT}" here=keyward option='' current='' word replies
  local -a words
  # COMP_WORDS is cut at colons, of which every scope has one.
  read -ra words <<<"$line"
  case "$line" in *[[:space:]]) ;; *) current="\${words[\${#words[@]}-1]}"; unset "words[\${#words[@]}-1]" ;; esac
  for word in "\${words[@]:1}"; do
    if [[ -n $option ]]; then option=''; continue; fi
    case "$word" in
    --*=*) ;;
    -*) if _keyward_values "$here $word" >/dev/null; then option="$word"; fi ;;
    *) case "$(_keyward_paths)" in *"|$here $word|"*) here="$here $word" ;; esac ;;
    esac
  done
  if [[ -n $option ]]; then
    replies=$(_keyward_values "$here $option")
  elif [[ $current == --*=* ]]; then
    replies=$(_keyward_values "$here \${current%%=*}")
    current="\${current#*=}"
  else
    replies=$(_keyward_words "$here")
  fi
  COMPREPLY=()
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$replies" -- "$current"))
  # Bash replaces only what follows the last colon.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%:*}:"}")
  fi
}
`;

/** Bash 3.2 and newer, without the package bash-completion. */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# Completion of keyward for bash. Load it with: eval "$(keyward completion bash)"

# What may come after the words of a command.
_keyward_words() {
  case "$1" in
${commands.map(wordsCase).join('\n')}
  esac
}

# Values of an option; fails where the option takes none.
_keyward_values() {
  case "$1" in
${commands.flatMap(valueCases).join('\n')}
  *) return 1 ;;
  esac
}

${walk}
_keyward_paths() {
  echo ${quoted(`|${commands.map(({ path }) => path).join('|')}|`)}
}

# With nothing to offer, bash offers files.
complete -o default -F _keyward keyward
`;
}

function wordsCase({ path, children, options, values, takesFiles }: CommandWords): string {
  const words = [...children.map(({ name }) => name), ...values, ...options.map(({ flag }) => flag)];
  const files = takesFiles ? `if [[ $current != -* ]]; then return; fi; ` : '';
  return `  ${quoted(path)}) ${files}echo ${quoted(words.join(' '))} ;;`;
}

function valueCases({ path, options }: CommandWords): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ flag, values }) => `  ${quoted(`${path} ${flag}`)}) echo ${quoted(values.join(' '))} ;;`);
}
