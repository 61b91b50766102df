# bash completion of heaptrial. Commands, options and names are asked of the program, so that they are those of
# the version that is installed.

# What `heaptrial list KIND...` names.
_heaptrial_names() {
    "$1" list "${@:2}" 2>/dev/null | sed -nE 's/^  ([a-z0-9_-]+) .*/\1/p'
}

_heaptrial_commands() {
    "$1" --help 2>/dev/null | sed -n '/^Examples/q; s/^  \([a-z-]*\)  *.*/\1/p'
}

_heaptrial_options() {
    "$1" "$2" --help 2>/dev/null | sed -nE 's/^ +(-[a-zA-Z?], +)?(--[a-z-]+).*/\2/p'
}

# The words that may follow option $2 of program $1; nothing for one that takes a number.
_heaptrial_values() {
    case $2 in
    -a | --strategies | --allocators) _heaptrial_names "$1" strategies; echo all allocators collectors drop-in debuggers ;;
    --baseline | --twin) _heaptrial_names "$1" strategies ;;
    --by) echo strategy workload threads ;;
    -w | --workloads) _heaptrial_names "$1" workloads programs; echo all programs ;;
    -c | --cases) _heaptrial_names "$1" misuse; echo all ;;
    --size) echo 8 24 4096 256k all ;;
    -p | --passes) _heaptrial_names "$1" passes ;;
    --fault) _heaptrial_names "$1" faults ;;
    --preset) _heaptrial_names "$1" presets ;;
    esac
}

# What may stand at a place that belongs to no option.
_heaptrial_arguments() {
    case $2 in
    list) ARGP_HELP_FMT=rmargin=250 "$1" list --help 2>/dev/null | sed -n 's/^Usage:.*\[\([a-z|]*\)\]\.\.\.$/\1/p' | tr '|' '\n' ;;
    history) [ "$COMP_CWORD" = 2 ] && echo add show ;;
    show) _heaptrial_names "$1" strategies workloads programs ;;
    esac
}

_heaptrial_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_heaptrial() {
    local program=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_heaptrial_commands "$program") --help --version" -- "$cur")
        return
    fi
    # --option=value comes as three words.
    if [ "$cur" = = ]; then
        cur=
    elif [ "$prev" = = ]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    local values
    case $prev in
    -o | --output | --resume | --preload | --csv | --file | --plot)
        _heaptrial_files -f "$cur"
        return
        ;;
    esac
    values=$(_heaptrial_values "$program" "$prev")
    if [ -n "$values" ]; then
        # In a list only what stands behind the last comma is completed.
        local before=
        [[ $cur == *,* ]] && before=${cur%,*},
        mapfile -t COMPREPLY < <(compgen -P "$before" -W "$values" -- "${cur##*,}")
        return
    fi
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_heaptrial_options "$program" "$command")" -- "$cur")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$(_heaptrial_arguments "$program" "$command")" -- "$cur")
    case $command in
    table | report | plot | merge | compare) _heaptrial_files -d "$cur" ;;
    history) [ "${COMP_WORDS[2]}" = add ] && [ "$COMP_CWORD" -gt 2 ] && _heaptrial_files -d "$cur" ;;
    esac
}

complete -F _heaptrial heaptrial
