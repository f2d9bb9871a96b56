# Completion for Elvish of `makemigrations`, `cargo xtask` and what else cargo completes already.

use path
use str

fn makemigrations-reply {|words|
    var program = {{program}}
    if (not (path:is-regular $program)) { set program = makemigrations }
    try {
        (external $program) complete -- $@words 2>$path:dev-null | each {|line|
            var value @help = (str:split &max=2 "\t" $line)
            if (has-value [:files :folders] $value) {
                edit:complete-filename $words[-1]
            } elif (eq $help []) {
                put $value
            } else {
                edit:complex-candidate $value &display=$value' ('$help[0]')'
            }
        }
    } catch {
        nop
    }
}

var makemigrations-before = {|@words| edit:complete-filename $words[-1] }
if (has-key $edit:completion:arg-completer cargo) {
    set makemigrations-before = $edit:completion:arg-completer[cargo]
}
set edit:completion:arg-completer[cargo] = {|@words|
    var at = 1
    if (and (> (count $words) 2) (str:has-prefix $words[1] +)) { set at = 2 }
    if (and (> (count $words) (+ $at 1)) (eq $words[$at] xtask)) {
        makemigrations-reply $words[(+ $at 1)..]
    } else {
        $makemigrations-before $@words
    }
}
set edit:completion:arg-completer[makemigrations] = {|@words| makemigrations-reply $words[1..] }
