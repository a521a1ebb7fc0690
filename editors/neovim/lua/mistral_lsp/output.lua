--- Output: what a program printed, as a buffer has it.

local M = {}

local MOST_LINES = 20000 -- of longer output the last, where the error is

--- The lines as they were printed: a terminal breaks those that are longer than it is wide.
---@param lines string[]
---@param width integer
local function unbroken(lines, width)
  local whole, goes_on = {}, false
  for _, line in ipairs(lines) do
    if goes_on then
      whole[#whole] = whole[#whole] .. line
    else
      table.insert(whole, line)
    end
    goes_on = vim.fn.strdisplaywidth(line) >= width
  end
  return whole
end

--- What the server is to explain: the lines of a range of the current buffer, or all of them.
---@param range? { [1]: integer, [2]: integer } the first and the last line
---@return string | { uri: string, text: string }
function M.taken(range)
  local first, last = unpack(range or { 1, vim.api.nvim_buf_line_count(0) })
  local lines = vim.api.nvim_buf_get_lines(0, math.max(first - 1, last - MOST_LINES), last, false)
  if vim.bo.buftype == 'terminal' then
    local window = vim.fn.getwininfo(vim.api.nvim_get_current_win())[1]
    lines = unbroken(lines, window.width - window.textoff)
  end
  local text = table.concat(lines, '\n')
  if vim.bo.buftype ~= '' or vim.api.nvim_buf_get_name(0) == '' then
    return text
  end
  return { uri = vim.uri_from_bufnr(0), text = text } -- the server knows which files it is to leave alone
end

return M
