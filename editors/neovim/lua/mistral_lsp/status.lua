--- Status: what the server last told of itself and of the model.

local M = {}

---@class mistral_lsp.Status
---@field state string ready, busy, paused or error; off where no server runs
---@field message string one sentence, with the cure where something is wrong
---@field fault? string what kind of fault it is, such as unreachable

---@type mistral_lsp.Status
local now = { state = 'off', message = 'no server runs' }

---@return mistral_lsp.Status
function M.get()
  return vim.deepcopy(now)
end

--- Take what was told, and have statuslines drawn anew.
function M.set(state, message, fault)
  now = { state = state, message = message, fault = fault }
  vim.schedule(function()
    vim.api.nvim_exec_autocmds('User', { pattern = 'MistralLspStatus', modeline = false })
    vim.cmd.redrawstatus()
  end)
end

--- The server has gone.
function M.forget()
  if now.fault ~= 'server' then
    M.set('off', 'no server runs')
  end
end

--- In a few words; empty in buffers that no server is attached to, unless that is the fault.
---@return string
function M.short()
  local is_attached = #vim.lsp.get_clients({ name = 'mistral_lsp', bufnr = 0 }) > 0
  if now.state == 'error' and (is_attached or now.fault == 'server') then
    return 'mistral-lsp: ' .. (now.fault == 'server' and 'does not run' or now.fault or 'error')
  end
  return is_attached and 'mistral-lsp: ' .. now.state or ''
end

return M
