# mistral-lsp in Kakoune by kakoune-lsp 17 or newer: into kakrc, below `eval %sh{kak-lsp}`.
hook -group mistral-lsp global BufSetOption filetype=(?:python|rust|go|c|cpp|javascript|typescript|lua|ruby) %{
    set-option -add buffer lsp_servers %{
        [mistral-lsp]
        root_globs = [".git"]
        command = "mistral-lsp"
        [mistral-lsp.settings.mistralLsp.completion]
        in_menu = true
    }
}
