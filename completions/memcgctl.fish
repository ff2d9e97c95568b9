# SPDX-License-Identifier: GPL-2.0-only
# fish completion for memcgctl and its links: asks the binary, which knows its commands, options and groups.

function __memcgctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l name (basename $words[1])

    set -e words[1]
    if string match -q 'memcg-*' -- $name
        set words (string replace memcg- '' -- $name) $words
    end
    for line in (memcgctl complete -- $words $current 2>/dev/null)
        switch $line
            case ':file'
                __fish_complete_path $current
            case ':program'
                complete -C "$current"
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c memcgctl -f -a '(__memcgctl_complete)'
for name in (memcgctl complete -- '' 2>/dev/null | cut -f 1)
    complete -c memcg-$name -f -a '(__memcgctl_complete)'
end
