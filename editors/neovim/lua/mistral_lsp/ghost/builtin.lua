--- Ghost text of Neovim 0.12, `vim.lsp.inline_completion`, and what it has no function for.

local words = require('mistral_lsp.words')

local M = {}

local NAMESPACE = 'nvim.lsp.inline_completion' -- where it draws
local INVOKED = 1

function M.enable(bufnr)
  vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
end

function M.disable() end -- Neovim does it

--- What is drawn, and where: what is left of the text.
---@return { text: string, row: integer, column: integer }?
local function drawn()
  local namespace = vim.api.nvim_get_namespaces()[NAMESPACE]
  local mark = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })[1]
  if not mark then
    return nil
  end
  local lines = vim.list_extend({ mark[4].virt_text or {} }, mark[4].virt_lines or {})
  local texts = vim.tbl_map(function(line)
    return line[1] and line[1][1] or '' -- a second chunk is "(1/3)"
  end, lines)
  return { text = table.concat(texts, '\n'), row = mark[2], column = mark[3] }
end

function M.accept()
  return drawn() ~= nil and vim.lsp.inline_completion.get()
end

--- Type a part of what is drawn. Neovim keeps the rest on the screen as it does for any typing, but not below a line
--- end: there the rest comes with the next answer.
---@param part_of fun(text: string): string
local function accept_part(part_of)
  local ghost = drawn()
  if not ghost then
    return false
  end
  local part = part_of(ghost.text)
  if part == ghost.text then
    return M.accept()
  end
  local function put()
    words.put(0, ghost.row, ghost.column, ghost.column, part)
  end
  if part:find('\n') then
    return vim.lsp.inline_completion.get({ on_accept = put })
  end
  put()
  return true
end

function M.accept_word()
  return accept_part(words.first_word)
end

function M.accept_line()
  return accept_part(words.first_line)
end

--- Neovim has no public way to ask by hand: this is its own, if it still is where it was (0.12.0 to 0.12.4).
---@return boolean
local function ask_by_hand()
  local is_there, completor = pcall(function()
    return require('vim.lsp._capability').all.inline_completion.active[vim.api.nvim_get_current_buf()]
  end)
  if not is_there or not completor then
    return false
  end
  local is_one = pcall(function()
    assert(completor:count_items() < 2)
    completor:request(INVOKED)
  end)
  return is_one
end

function M.next()
  local is_shown = drawn() ~= nil
  if ask_by_hand() then
    return true
  end
  vim.lsp.inline_completion.select()
  return is_shown
end

function M.dismiss()
  return drawn() ~= nil and vim.lsp.inline_completion.get({ on_accept = function() end })
end

return M
