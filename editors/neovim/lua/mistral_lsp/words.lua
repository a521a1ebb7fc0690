--- Words: what a partial accept takes of a text.

local M = {}

--- Up to the end of its first word, or of the first run of signs.
---@param text string
---@return string
function M.first_word(text)
  return vim.fn.matchstr(text, [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)\?]])
end

--- Its first line; where that is empty, the line end and the second one.
---@param text string
---@return string
function M.first_line(text)
  return text:match('^\n*[^\n]*')
end

--- Type a text into a buffer: the cursor goes behind it.
---@param win integer
---@param row integer from 0
---@param column integer in bytes, where it begins
---@param end_column integer what stands up to here is replaced
---@param text string
function M.put(win, row, column, end_column, text)
  local bufnr = vim.api.nvim_win_get_buf(win)
  local lines = vim.split(text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(bufnr, row, column, row, end_column, lines)
  local last = #lines[#lines] + (#lines == 1 and column or 0)
  vim.api.nvim_win_set_cursor(win, { row + #lines, last })
end

return M
