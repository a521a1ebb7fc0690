--- Diagnostics: what other servers and linters found, told to mistral-lsp, so that it can explain and fix it.

local options = require('mistral_lsp.options')
local server = require('mistral_lsp.server')

local M = {}

local METHOD = '$/mistralLsp/diagnostics'
local PAUSE_MS = 200 -- Neovim holds changes back for 150: the server has the text before it hears of what is wrong in it

local timers = {} ---@type table<integer, uv.uv_timer_t>

---@param one vim.Diagnostic
---@param encoding string
local function to_lsp(one, bufnr, encoding)
  local function position(row, column)
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
    return { line = row, character = vim.str_utfindex(line, encoding, math.min(column, #line), false) }
  end
  return {
    range = {
      start = position(one.lnum, one.col),
      ['end'] = position(one.end_lnum or one.lnum, one.end_col or one.col),
    },
    message = one.message,
    severity = one.severity,
    source = one.source,
    code = one.code,
  }
end

local function tell(bufnr)
  for _, client in ipairs(server.clients({ bufnr = bufnr })) do
    local namespace = vim.lsp.diagnostic.get_namespace(client.id)
    local others = vim.tbl_filter(function(one)
      return one.namespace ~= namespace
    end, vim.diagnostic.get(bufnr))
    client:notify(METHOD, {
      uri = vim.uri_from_bufnr(bufnr),
      version = vim.lsp.util.buf_versions[bufnr],
      diagnostics = vim.tbl_map(function(one)
        return to_lsp(one, bufnr, client.offset_encoding)
      end, others),
    })
  end
end

--- Once the text rests.
local function tell_soon(bufnr)
  if not vim.api.nvim_buf_is_valid(bufnr) then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  timers[bufnr] = timers[bufnr] or assert(vim.uv.new_timer())
  timers[bufnr]:start(PAUSE_MS, 0, vim.schedule_wrap(function()
    if not vim.api.nvim_buf_is_loaded(bufnr) then
      return
    elseif tick ~= vim.api.nvim_buf_get_changedtick(bufnr) then
      tell_soon(bufnr)
    else
      tell(bufnr)
    end
  end))
end

local function forget(bufnr)
  if timers[bufnr] then
    timers[bufnr]:stop()
    timers[bufnr]:close()
    timers[bufnr] = nil
  end
end

function M.setup()
  local group = vim.api.nvim_create_augroup('mistral_lsp.diagnostics', { clear = true })
  if not options.now.diagnostics then
    return
  end
  vim.api.nvim_create_autocmd({ 'DiagnosticChanged', 'LspAttach' }, {
    group = group,
    callback = function(event)
      if #server.clients({ bufnr = event.buf }) > 0 then
        tell_soon(event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('BufUnload', {
    group = group,
    callback = function(event)
      forget(event.buf)
    end,
  })
end

return M
