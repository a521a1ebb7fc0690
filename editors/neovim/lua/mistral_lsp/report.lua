--- Reports: texts that are read beside the code.

local M = {}

--- A window of its own for a text, the focus in it unless told otherwise; one of this name is used again.
---@param name string such as mistral-lsp://doctor
---@param text string
---@param opts? { filetype?: string, stay?: boolean }
---@return integer bufnr
function M.open(name, text, opts)
  opts = opts or {}
  local bufnr = vim.fn.bufnr(('^%s$'):format(name))
  if bufnr == -1 then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(bufnr, name)
    vim.bo[bufnr].bufhidden = 'wipe'
    vim.bo[bufnr].filetype = opts.filetype or 'text'
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = bufnr, desc = 'Close' })
  end
  M.write(bufnr, text)
  local win = vim.fn.bufwinid(bufnr)
  if win == -1 then
    win = vim.api.nvim_open_win(bufnr, not opts.stay, { split = 'below', win = 0 })
    vim.wo[win].wrap, vim.wo[win].linebreak = true, true
  elseif not opts.stay then
    vim.api.nvim_set_current_win(win)
  end
  return bufnr
end

--- Put another text in its place.
function M.write(bufnr, text)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(text, '\r?\n'))
  vim.bo[bufnr].modifiable, vim.bo[bufnr].modified = false, false
end

return M
