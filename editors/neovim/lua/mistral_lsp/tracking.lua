--- Tracking: Neovim stops following a buffer that is changed while no server is attached to it, and doesn't begin again
--- for the next server (seen in 0.11.4 and 0.12.4). Where it doesn't, this does, by Neovim's own private function.

local M = {}

local followed = {} ---@type table<integer, boolean>

---@param bufnr integer
function M.follow(bufnr)
  local is_there, changes = pcall(require, 'vim.lsp._changetracking')
  if followed[bufnr] or not is_there or not changes.send_changes then
    return
  end
  local versions = vim.lsp.util.buf_versions
  followed[bufnr] = vim.api.nvim_buf_attach(bufnr, false, {
    on_lines = function(_, _, tick, first, last, new_last)
      if #vim.lsp.get_clients({ bufnr = bufnr }) == 0 then
        followed[bufnr] = nil
        return true
      elseif versions[bufnr] ~= tick then -- Neovim's own listener comes first, where there is one
        versions[bufnr] = tick
        changes.send_changes(bufnr, first, last, new_last)
      end
    end,
    on_detach = function()
      followed[bufnr] = nil
    end,
  })
end

return M
