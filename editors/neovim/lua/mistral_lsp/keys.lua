--- Keys: in the buffers that mistral-lsp is attached to, and only as long. Where there is no ghost text, a key is what it
--- was before, or what another plugin has made of it since.

local options = require('mistral_lsp.options')
local server = require('mistral_lsp.server')

local M = {}

local WORDS = {
  accept = 'Take the ghost text',
  accept_word = 'Take a word of the ghost text',
  accept_line = 'Take a line of the ghost text',
  next = 'Show another suggestion',
  dismiss = 'Take the ghost text off the screen',
}
local before = {} ---@type table<integer, table<string, table|false>> by buffer and key: the buffer's own mapping

local function press(keys, mode)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, true, true), mode .. 'i', false)
end

--- Another mapping of this key: the buffer's own that was there first, or the one for all buffers as it is now.
local function other_mapping(bufnr, key)
  local own = before[bufnr] and before[bufnr][key]
  if own then
    return own
  end
  local raw = vim.api.nvim_replace_termcodes(key, true, true, true)
  for _, mapping in ipairs(vim.api.nvim_get_keymap('i')) do
    if mapping.lhsraw == raw or mapping.lhsrawalt == raw then
      return mapping
    end
  end
end

--- What the key does without ghost text.
local function fall_back(bufnr, key)
  local mapping = other_mapping(bufnr, key)
  if not mapping then
    press(key, 'n')
    return
  end
  local mode = mapping.noremap == 1 and 'n' or 'm'
  if mapping.callback then
    local result = mapping.callback()
    if mapping.expr == 1 and type(result) == 'string' then
      press(result, mode)
    end
  else
    local rhs = mapping.rhs or ''
    press(mapping.expr == 1 and vim.api.nvim_eval(rhs) or rhs, mode)
  end
end

--- Whether the user is choosing in a menu: then the keys are the menu's.
local function is_choosing()
  return vim.fn.pumvisible() == 1 and vim.fn.complete_info({ 'selected' }).selected >= 0
end

local function take(bufnr)
  if before[bufnr] then
    return
  end
  before[bufnr] = {}
  for name, key in pairs(options.now.keys) do
    if key and key ~= '' then
      local mapping = vim.api.nvim_buf_call(bufnr, function()
        return vim.fn.maparg(key, 'i', false, true)
      end)
      before[bufnr][key] = mapping.buffer == 1 and mapping or false
      vim.keymap.set('i', key, function()
        if is_choosing() or not require('mistral_lsp')[name]() then
          fall_back(bufnr, key)
        end
      end, { buffer = bufnr, desc = WORDS[name] })
    end
  end
end

local function give_back(bufnr)
  for key, mapping in pairs(before[bufnr] or {}) do
    pcall(vim.keymap.del, 'i', key, { buffer = bufnr })
    if mapping then
      vim.api.nvim_buf_call(bufnr, function()
        vim.fn.mapset('i', false, mapping)
      end)
    end
  end
  before[bufnr] = nil
end

function M.setup()
  vim.tbl_map(give_back, vim.tbl_keys(before))
  local group = vim.api.nvim_create_augroup('mistral_lsp.keys', { clear = true })
  local function when(name, act)
    vim.api.nvim_create_autocmd(name, {
      group = group,
      callback = function(event)
        local client = vim.lsp.get_client_by_id(event.data.client_id)
        if client and client.name == server.NAME and vim.api.nvim_buf_is_valid(event.buf) then
          act(event.buf)
        end
      end,
    })
  end
  when('LspAttach', take)
  when('LspDetach', give_back)
  for _, client in ipairs(server.clients()) do -- setup was called again
    vim.tbl_map(take, vim.tbl_keys(client.attached_buffers))
  end
end

return M
