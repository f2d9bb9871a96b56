# Completion for PowerShell of `makemigrations` and `cargo xtask`.

$__makemigrations = {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = {{program}}
    if (-not (Test-Path -LiteralPath $program)) { $program = 'makemigrations' }
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        Select-Object -Skip 1 |
        ForEach-Object { $_.Extent.Text.Trim('"', "'") })
    if ($commandAst.CommandElements[0].Extent.Text -match '(^|[\\/])cargo(\.exe)?$') {
        if ($words.Count -gt 0 -and $words[0].StartsWith('+')) { $words = @($words | Select-Object -Skip 1) }
        if ($words.Count -eq 0 -or $words[0] -ne 'xtask') { return }
        $words = @($words | Select-Object -Skip 1)
    }
    $flags = @('complete')
    # Older versions pass no empty word on.
    if ($wordToComplete -eq '') { $flags += '--next' }
    & $program @flags -- @words 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if ($value -eq ':files' -or $value -eq ':folders') { return }
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
Register-ArgumentCompleter -Native -CommandName makemigrations, cargo -ScriptBlock $__makemigrations
