#compdef makemigrations
# Completion for zsh of `makemigrations`, `cargo xtask` and the scripts of a `package.json` that call it. What cargo and yarn
# complete themselves stays.

# Completes the current word; the arguments of the program begin with the word at the given place.
_makemigrations_reply() {
    local program={{program}} line value
    local -a typed found values shown open opened
    [[ -x $program ]] || program=makemigrations
    typed=("${(@Q)words[$1,CURRENT]}")
    found=("${(@f)$($program complete -- "${typed[@]}" 2>/dev/null)}")
    case $found[1] in
        :files) _files; return ;;
        :folders) _files -/; return ;;
    esac
    for line in "${found[@]}"; do
        value=${line%%$'\t'*}
        [[ -z $value ]] && continue
        line=${line/$'\t'/  -- }
        # More has to follow: no blank after it.
        if [[ $value == *[=:.] ]]; then
            open+=("$value")
            opened+=("$line")
        else
            values+=("$value")
            shown+=("$line")
        fi
    done
    (( $#values )) && compadd -l -d shown -a -- values
    (( $#open )) && compadd -S '' -l -d opened -a -- open
    (( $#values + $#open ))
}

_makemigrations_makemigrations() {
    _makemigrations_reply 2
}

_makemigrations_cargo() {
    local at=2
    # `cargo +nightly xtask`
    [[ $words[2] == +* ]] && at=3
    if [[ $words[at] == xtask ]] && (( CURRENT > at )); then
        _makemigrations_reply $((at + 1))
    else
        _makemigrations_before cargo "$@"
    fi
}

_makemigrations_yarn() {
    local at=2
    local -a commands=({{commands}})
    [[ $words[2] == run ]] && at=3
    if _makemigrations_in_yarn; then
        if (( CURRENT > at )) && (( $commands[(Ie)$words[at]] )); then
            _makemigrations_reply $at
            return
        fi
        (( CURRENT == at )) && _makemigrations_reply $at
    fi
    _makemigrations_before yarn "$@"
}

# Whether the nearest `package.json` has scripts that call `cargo xtask`.
_makemigrations_in_yarn() {
    local folder=$PWD
    while [[ -n $folder && ! -f $folder/package.json ]]; do
        folder=${folder%/*}
    done
    [[ -n $folder ]] && grep -q 'cargo xtask' "$folder/package.json" 2>/dev/null
}

# What completed the command before.
_makemigrations_before() {
    local before=$_makemigrations_functions[$1]
    shift
    if [[ -n $before ]]; then
        ${(z)before} "$@"
    else
        _default
    fi
}

_makemigrations_hook() {
    if [[ -n $_comps[$1] && $_comps[$1] != _makemigrations* ]]; then
        _makemigrations_functions[$1]=$_comps[$1]
    fi
    compdef _makemigrations_$1 $1
}

typeset -gA _makemigrations_functions
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_makemigrations_hook makemigrations
_makemigrations_hook cargo
_makemigrations_hook yarn
