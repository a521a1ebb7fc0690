--- mistral-lsp in Neovim: ghost text, explained errors and checked fixes from a model you host yourself.
---
---     require('mistral_lsp').setup({ settings = { endpoint = { url = 'http://127.0.0.1:8080' } } })

local M = {}

--- Start mistral-lsp in the buffers that it can help with. May be called again, with other options.
---@param given? table see |mistral-lsp-options|
function M.setup(given)
  if vim.fn.has('nvim-0.11') == 0 then
    vim.notify('mistral-lsp needs Neovim 0.11 or newer; this is ' .. tostring(vim.version()), vim.log.levels.ERROR)
    return
  end
  require('mistral_lsp.options').set(given or {})
  require('mistral_lsp.ghost').setup()
  require('mistral_lsp.keys').setup()
  require('mistral_lsp.diagnostics').setup()
  require('mistral_lsp.server').setup()
end

--- The state of mistral-lsp in a few words, for a statusline; empty in buffers that it isn't attached to.
---@return string
function M.status()
  return require('mistral_lsp.status').short()
end

--- Take all of the ghost text. These give false where there is none.
function M.accept()
  return require('mistral_lsp.ghost').accept()
end

--- Take its first word.
function M.accept_word()
  return require('mistral_lsp.ghost').accept_word()
end

--- Take its first line.
function M.accept_line()
  return require('mistral_lsp.ghost').accept_line()
end

--- Show another suggestion; where there is no other one, the model is asked for up to three.
function M.next()
  return require('mistral_lsp.ghost').next()
end

--- Take the ghost text off the screen.
function M.dismiss()
  return require('mistral_lsp.ghost').dismiss()
end

return M
