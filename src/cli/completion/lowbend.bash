# Completion of lowbend's commands, options and values for bash. It asks the program itself
# (lowbend COMMAND --help), so that it never differs from it.

# _lowbend_first_words TEXT HEADING: first words of the indented lines below a heading.
_lowbend_first_words()
{
    sed -n "/^$2\$/,/^\$/s/^  \([^ ]*\).*/\1/p" <<<"$1"
}

_lowbend()
{
    local program=${COMP_WORDS[0]}
    local current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD - 1]}
    local help
    local value
    local words=
    local files=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        help=$("$program" --help 2>/dev/null) || return
        words="$(_lowbend_first_words "$help" commands:) --help --version"
    else
        help=$("$program" "${COMP_WORDS[1]}" --help 2>/dev/null) || return
        value=
        if [[ $previous == --[a-z]* ]]; then
            value=$(sed -n "s/^  $previous \([^ ]*\).*/\1/p" <<<"$help")
        fi
        case $value in
            *'|'*) words=$(tr '|' '\n' <<<"$value" | grep -v '[A-Z]') ;;
            SEL) words='auto gpu cpu accelerator' ;;
            FILE* | OUT | RUN | FOLDER) files=yes ;;
            '')
                if [[ $current == -* ]]; then
                    words=$(_lowbend_first_words "$help" 'options:'
                        _lowbend_first_words "$help" 'common options:')
                    words=$(grep '^--' <<<"$words")
                else
                    files=yes
                    if [[ ${help%%$'\n'*} == *DATASET* ]]; then
                        words=$("$program" datasets --quiet 2>/dev/null |
                            sed -n '2,$s/ .*//p')
                    fi
                fi
                ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        local found
        mapfile -t found < <(compgen -f -- "$current")
        COMPREPLY+=("${found[@]}")
    fi
}

complete -F _lowbend lowbend
