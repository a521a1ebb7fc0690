--- Ghost text: Neovim 0.12 has it built in; for 0.11 there is our own. Both answer to the same names.

local server = require('mistral_lsp.server')

local M = {}

---@return table
local function how()
  return vim.lsp.inline_completion and require('mistral_lsp.ghost.builtin') or require('mistral_lsp.ghost.own')
end

--- Where the terminal has 256 colours, Neovim's default colour scheme draws ghost text like code: make it grey.
local function grey()
  local style = vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })
  if not (style.ctermfg or style.cterm or style.fg) then
    vim.api.nvim_set_hl(0, 'ComplHint', { ctermfg = 244, fg = 'NvimDarkGrey4' })
  elseif not (style.ctermfg or style.cterm) then
    vim.api.nvim_set_hl(0, 'ComplHint', vim.tbl_extend('force', style, { ctermfg = 244 }))
  end
end

function M.setup()
  grey()
  local group = vim.api.nvim_create_augroup('mistral_lsp.ghost', { clear = true })
  vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = grey, desc = 'Tell ghost text from code' })
  local function when(name, act)
    vim.api.nvim_create_autocmd(name, {
      group = group,
      callback = function(event)
        local client = vim.lsp.get_client_by_id(event.data.client_id)
        if client and client.name == server.NAME then
          act(event.buf, client)
        end
      end,
    })
  end
  when('LspAttach', function(bufnr, client)
    if require('mistral_lsp.buffers').is_writable(bufnr) then
      how().enable(bufnr, client)
    end
  end)
  when('LspDetach', function(bufnr, client)
    how().disable(bufnr, client)
  end)
end

for _, name in ipairs({ 'accept', 'accept_word', 'accept_line', 'next', 'dismiss' }) do
  M[name] = function()
    return how()[name]()
  end
end

return M
