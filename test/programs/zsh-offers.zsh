# What zsh offers for a line: `zsh -f zsh-offers.zsh <empty folder> <completion script> <line>`.
# An interactive zsh gets the line and a Tab in a pseudo-terminal; every `compadd` of it is noted.
zmodload zsh/zpty || exit 2
setup=$1/setup.zsh
cat > $setup <<'S'
PROMPT=
autoload -Uz compinit && compinit -D
source $script
zstyle ':completion:*' insert-tab false
bindkey '^I' complete-word
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >> $offers
  builtin compadd "$@"
}
comppostfuncs=( exit )
zle-line-init() { print -n re''ady; }
zle -N zle-line-init
S
script=$2 offers=$1/offers zpty keyward "script=${(q)2} offers=${(q)1}/offers zsh -f -i"
zpty -w keyward "source ${(q)setup}"
zpty -r -m keyward shown '*ready*'
zpty -w -n keyward "$3"$'\t'
while zpty -r keyward shown; do :; done
if [[ -r $1/offers ]]; then cat $1/offers; fi
