# Completion for bash of `makemigrations`, `cargo xtask` and the scripts of a `package.json` that call it. What cargo and yarn
# complete themselves stays. Works with bash 3.2, which macOS has.

_makemigrations_program() {
    local program={{program}}
    [[ -x $program ]] || program=makemigrations
    "$program" complete -- "$@" 2>/dev/null
}

# Sets `words`: those up to the cursor, with what readline takes apart at `:` and `=` put together again.
_makemigrations_words() {
    local rest=$COMP_LINE piece i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
            words[${#words[@]}]=$piece
        else
            words[${#words[@]} - 1]+=$piece
        fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        rest=${rest#"$piece"}
    done
}

_makemigrations_option() {
    type compopt >/dev/null 2>&1 && compopt "$@"
}

# Completes the last of `words`; the arguments of the program begin with the one at the given place.
_makemigrations_reply() {
    local current=${words[${#words[@]} - 1]} taken='' other character value
    # What readline leaves alone of the word.
    for character in : =; do
        if [[ $COMP_WORDBREAKS == *"$character"* && $current == *"$character"* ]]; then
            other=${current%"${current##*"$character"}"}
            ((${#other} > ${#taken})) && taken=$other
        fi
    done
    while IFS=$'\t' read -r value _; do
        case $value in
            :files | :folders)
                local kind=-f
                [[ $value == :folders ]] && kind=-d
                _makemigrations_option -o filenames
                while IFS= read -r value; do
                    COMPREPLY[${#COMPREPLY[@]}]=$value
                done < <(compgen "$kind" -- "${current#"$taken"}")
                return
                ;;
            *) COMPREPLY[${#COMPREPLY[@]}]=${value#"$taken"} ;;
        esac
    done < <(_makemigrations_program "${words[@]:$1}")
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=:.] ]]; then
        _makemigrations_option -o nospace
    fi
}

_makemigrations_makemigrations() {
    local words
    COMPREPLY=()
    _makemigrations_words
    _makemigrations_reply 1
}

_makemigrations_cargo() {
    local words at=1
    COMPREPLY=()
    _makemigrations_words
    # `cargo +nightly xtask`
    [[ ${words[1]} == +* ]] && at=2
    if [[ ${words[at]} == xtask ]] && ((${#words[@]} > at + 1)); then
        _makemigrations_reply $((at + 1))
    else
        _makemigrations_before cargo "$@"
    fi
}

_makemigrations_yarn() {
    local words at=1 name
    COMPREPLY=()
    _makemigrations_words
    [[ ${words[1]} == run ]] && at=2
    if ! _makemigrations_in_yarn; then
        _makemigrations_before yarn "$@"
        return
    fi
    if ((${#words[@]} > at + 1)); then
        for name in {{commands}}; do
            if [[ ${words[at]} == "$name" ]]; then
                _makemigrations_reply "$at"
                return
            fi
        done
        _makemigrations_before yarn "$@"
        return
    fi
    _makemigrations_before yarn "$@"
    ((${#words[@]} == at + 1)) && _makemigrations_reply "$at"
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
    local command=$1 before=_makemigrations_before_$1
    shift
    if [[ -z ${!before} ]]; then
        # bash-completion reads its files at the first use of a command.
        if declare -F _comp_load >/dev/null; then
            _comp_load -- "$command"
        elif declare -F __load_completion >/dev/null; then
            __load_completion "$command"
        elif declare -F _completion_loader >/dev/null; then
            _completion_loader "$command"
        fi
        _makemigrations_hook "$command"
    fi
    if [[ -n ${!before} ]]; then
        "${!before}" "$@"
    fi
}

_makemigrations_hook() {
    local known function
    known=$(complete -p "$1" 2>/dev/null)
    function=${known##*-F }
    function=${function%% *}
    if [[ $known == *"-F "* && $function != "_makemigrations_$1" ]]; then
        printf -v "_makemigrations_before_$1" %s "$function"
    fi
    complete -o bashdefault -o default -F "_makemigrations_$1" "$1"
}

_makemigrations_hook makemigrations
_makemigrations_hook cargo
_makemigrations_hook yarn
