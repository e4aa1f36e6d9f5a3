# Redis Lua in Kakoune, by way of kakoune-lsp. Source it after `eval %sh{kak-lsp}`.

hook -group redlua global BufCreate .*\.redis %{
    set-option buffer filetype redis
}

declare-option -docstring "The language server, as in lsp_servers" str redlua_server %{
    [redlua]
    command = "redlua"
    args = ["lsp"]
    root_globs = ["redlua.toml", ".git"]
    settings_section = "redlua"
}

# Redlua leaves alone what is no script, so the other server of Lua stays beside it, if there is one.
hook -group redlua global BufSetOption filetype=(?:lua|redis) %{
    evaluate-commands %sh{
        case $kak_opt_lsp_servers in *'[redlua]'*) exit ;; esac
        if [ "$kak_opt_filetype" = lua ] && command -v lua-language-server > /dev/null; then
            echo 'trigger-user-hook LSPDefaultConfig=lua'
        fi
        echo 'set-option -add buffer lsp_servers %opt{redlua_server}'
    }
}

# Of TOML files only the settings are ours.
hook -group redlua global BufSetOption filetype=toml %{
    evaluate-commands %sh{
        case $kak_bufname in redlua.toml | */redlua.toml) ;; *) exit ;; esac
        case $kak_opt_lsp_servers in *'[redlua]'*) exit ;; esac
        if command -v taplo > /dev/null; then
            echo 'trigger-user-hook LSPDefaultConfig=toml'
        fi
        echo 'set-option -add buffer lsp_servers %opt{redlua_server}'
    }
}

# Transcripts: commands behind `> `, replies below.
add-highlighter -override shared/redis regions
add-highlighter -override shared/redis/text default-region group
add-highlighter -override shared/redis/text/ regex '^(>) (\S+)' 1:operator 2:function
add-highlighter -override shared/redis/text/ regex '^\(error\).*' 0:red
add-highlighter -override shared/redis/text/ regex '^[ 0-9)]*(\((?:integer|double|big number)\))' 1:type
add-highlighter -override shared/redis/text/ regex '\((?:nil|true|false|empty [^)\n]*)\)|^(?:OK|QUEUED|PONG)$' 0:value
add-highlighter -override shared/redis/comment region '^#' '$' fill comment
add-highlighter -override shared/redis/string region '"' (?<!\\)(?:\\\\)*" fill string
hook -group redlua global WinSetOption filetype=redis %{
    add-highlighter window/redis ref redis
    hook -once -always window WinSetOption filetype=.* %{ remove-highlighter window/redis }
}
