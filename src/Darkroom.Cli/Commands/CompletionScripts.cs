namespace Darkroom.Cli.Commands;

/// <summary>The completion scripts. Each asks "darkroom complete LINE" for the words that fit, one a line with a tab and a description.</summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # bash completion of darkroom
        _darkroom() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" candidate
            COMPREPLY=()
            while IFS=$'\t' read -r candidate _; do
                [[ -n "$candidate" && "$candidate" == "$word"* ]] && COMPREPLY+=("$candidate")
            done < <("${COMP_WORDS[0]}" complete -- "$line" 2>/dev/null)
        }
        complete -o default -F _darkroom darkroom

        """;

    private const string Zsh = """
        #compdef darkroom
        # zsh completion of darkroom
        _darkroom() {
            local -a candidates
            local value description
            while IFS=$'\t' read -r value description; do
                [[ -n "$value" ]] && candidates+=("${value//:/\\:}:$description")
            done < <("${words[1]}" complete -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)
            if (( ${#candidates} )); then _describe darkroom candidates; else _files; fi
        }
        if [[ "${funcstack[1]}" == "_darkroom" ]]; then _darkroom "$@"; else compdef _darkroom darkroom; fi

        """;

    private const string Fish = """
        # fish completion of darkroom
        function __darkroom_complete
            set -l candidates (darkroom complete -- (commandline -cp) 2>/dev/null)
            if test (count $candidates) -gt 0
                printf '%s\n' $candidates
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c darkroom -f -a '(__darkroom_complete)'

        """;

    private const string PowerShell = """
        # PowerShell completion of darkroom
        Register-ArgumentCompleter -Native -CommandName darkroom -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString().PadRight($cursorPosition).Substring(0, $cursorPosition)
            darkroom complete -- $line 2>$null | ForEach-Object {
                $value, $description = $_ -split "`t", 2
                if ($value -like "$wordToComplete*") {
                    if (-not $description) { $description = $value }
                    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
                }
            }
        }

        """;

    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => PowerShell,
        _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, null),
    };
}
