# Completion for fish of `makemigrations`, `cargo xtask` and the scripts of a `package.json` that call it. What cargo and yarn
# complete themselves stays.

# The words up to the cursor, without the program, its toolchain and the words that are given.
function __makemigrations_words
    set -l current (commandline -ct)
    set -l words (commandline -opc) "$current"
    set -e words[1]
    string match -q -- '+*' "$words[1]"; and set -e words[1]
    for word in $argv
        test "$words[1]" = $word; and set -e words[1]
    end
    printf '%s\n' $words
end

function __makemigrations_reply
    set -l program {{program}}
    test -x $program; or set program makemigrations
    set -l words (__makemigrations_words $argv)
    set -l found ($program complete -- $words 2>/dev/null)
    switch "$found[1]"
        case :files
            __fish_complete_path (commandline -ct)
        case :folders
            __fish_complete_directories (commandline -ct)
        case '*'
            test (count $found) -gt 0; and printf '%s\n' $found
    end
end

function __makemigrations_is_xtask
    set -l words (__makemigrations_words)
    test "$words[1]" = xtask; and test (count $words) -gt 1
end

# Whether the nearest `package.json` has scripts that call `cargo xtask`, and the script is one of them.
function __makemigrations_is_yarn
    set -l folder $PWD
    while test -n "$folder"; and not test -f $folder/package.json
        set folder (string replace -r '/[^/]*$' '' -- $folder)
    end
    test -n "$folder"; and grep -q 'cargo xtask' $folder/package.json 2>/dev/null; or return 1
    set -l words (__makemigrations_words run)
    test (count $words) -eq 1; or contains -- "$words[1]" {{commands}}
end

complete -c makemigrations -f -a '(__makemigrations_reply)'
complete -c cargo -n __makemigrations_is_xtask -f -a '(__makemigrations_reply xtask)'
complete -c yarn -n __makemigrations_is_yarn -f -a '(__makemigrations_reply run)'
