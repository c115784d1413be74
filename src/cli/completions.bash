_photosyncd() {
    local IFS=$' \t\n' cur=$2 words cword head at
    if declare -F _get_comp_words_by_ref > /dev/null; then
        _get_comp_words_by_ref -n @:= cur words cword
        local COMP_WORDS=("${words[@]}") COMP_CWORD=$cword
    fi
    _clap_complete_photosyncd "$1" "$cur" "$3"
    # Only what stands behind the last of these is replaced.
    head=${cur%"${cur##*[@:=]}"}
    for at in "${!COMPREPLY[@]}"; do
        COMPREPLY[at]=${COMPREPLY[at]#"$head"}
        # Whatever a name holds is a name, and nothing that the shell acts on.
        if [[ ${COMPREPLY[at]} == *[!a-zA-Z0-9@._/+:,%=-]* ]]; then
            printf -v "COMPREPLY[at]" %q "${COMPREPLY[at]}"
        fi
    done
}
complete -o nospace -o bashdefault -F _photosyncd photosyncd
