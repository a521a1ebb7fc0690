--- Buffers: which ones the server is told of.

local M = {}

--- Why a buffer is left alone, in words that `:MistralLsp status` shows; nil where it isn't.
---@param bufnr integer
---@return string?
function M.reason_against(bufnr)
  local options = require('mistral_lsp.options').now
  local name, filetype = vim.api.nvim_buf_get_name(bufnr), vim.bo[bufnr].filetype
  if vim.bo[bufnr].buftype ~= '' then
    return 'it is no file'
  elseif name == '' then
    return 'it has no name yet'
  elseif name:match('^%a[%w+.-]+://') then
    return 'it is a remote file'
  elseif filetype == '' then
    return 'it has no file type'
  elseif options.filetypes and not vim.tbl_contains(options.filetypes, filetype) then
    return ('setup\'s filetypes don\'t name %s'):format(filetype)
  end
  local bytes = vim.api.nvim_buf_get_offset(bufnr, vim.api.nvim_buf_line_count(bufnr))
  if bytes > options.max_file_bytes then
    return ('it is larger than setup\'s max_file_bytes (%d)'):format(options.max_file_bytes)
  end
end

--- Whether one can type in it.
---@param bufnr integer
function M.is_writable(bufnr)
  return vim.bo[bufnr].modifiable and not vim.bo[bufnr].readonly
end

return M
