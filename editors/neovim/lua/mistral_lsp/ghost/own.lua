--- Ghost text for Neovim 0.11, which has none built in: asked for in pauses, drawn as extmarks, and kept while what is
--- typed agrees with it.

local words = require('mistral_lsp.words')

local M = {}

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2
local PAUSE_MS = 200 -- as long as Neovim 0.12 waits
local namespace = vim.api.nvim_create_namespace('mistral_lsp.ghost')

---@class mistral_lsp.Ghost
---@field client vim.lsp.Client
---@field asked integer the number of the newest request
---@field items table[] the suggestions
---@field index integer the one that is shown
---@field timer uv.uv_timer_t
---@field open? integer the request under way
---@type table<integer, mistral_lsp.Ghost>
local ghosts = {}

local function is_inserting(bufnr)
  return vim.api.nvim_get_current_buf() == bufnr and vim.api.nvim_get_mode().mode:sub(1, 1) == 'i'
end

--- What is left of a suggestion at the cursor; nil where what was typed contradicts it, or the cursor went elsewhere.
local function left(bufnr)
  local ghost = ghosts[bufnr]
  local item = ghost and ghost.items[ghost.index]
  if not item or not is_inserting(bufnr) then
    return nil
  end
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, column, line = cursor[1] - 1, cursor[2], vim.api.nvim_get_current_line()
  local typed = line:sub(item.column + 1, column)
  local is_there = row == item.row and column >= item.column and line:sub(column + 1) == item.tail
  if not is_there or not vim.startswith(item.text, typed) or #typed == #item.text then
    return nil
  end
  return { text = item.text:sub(#typed + 1), item = item, row = row, column = column, end_column = column + item.after }
end

local function draw(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local rest = left(bufnr)
  if not rest then
    return
  end
  local lines = vim.tbl_map(function(line)
    return { { line, 'ComplHint' } }
  end, vim.split(rest.text, '\n', { plain = true }))
  local count = #ghosts[bufnr].items
  if count > 1 then
    table.insert(lines[#lines], { (' (%d/%d)'):format(ghosts[bufnr].index, count), 'ComplHintMore' })
  end
  vim.api.nvim_buf_set_extmark(bufnr, namespace, rest.row, rest.column, {
    virt_text = lines[1],
    virt_text_pos = rest.end_column > rest.column and 'overlay' or 'inline',
    virt_lines = #lines > 1 and vim.list_slice(lines, 2) or nil,
    hl_mode = 'combine',
  })
end

local function forget(bufnr)
  ghosts[bufnr].items, ghosts[bufnr].index = {}, 1
  draw(bufnr)
end

--- An item of an answer, in bytes of the line that the cursor is in.
local function read(item, client)
  local line, cursor = vim.api.nvim_get_current_line(), vim.api.nvim_win_get_cursor(0)
  local function byte(position)
    return vim.str_byteindex(line, client.offset_encoding, position.character, false)
  end
  return {
    text = item.insertText,
    command = item.command,
    row = item.range.start.line,
    column = byte(item.range.start),
    after = math.max(0, byte(item.range['end']) - cursor[2]), -- so much behind the cursor is replaced
    tail = line:sub(cursor[2] + 1),
  }
end

--- An answer; one to a request or a text that isn't the newest any more is dropped.
local function answered(bufnr, number, tick, result)
  local ghost = ghosts[bufnr]
  if not ghost or ghost.asked ~= number then
    return
  end
  ghost.open = nil
  if not result or tick ~= vim.api.nvim_buf_get_changedtick(bufnr) or not is_inserting(bufnr) then
    return -- null says that what is shown still holds
  end
  ghost.index = 1
  ghost.items = vim.tbl_map(function(item)
    return read(item, ghost.client)
  end, result.items or result)
  draw(bufnr)
end

local function cancel(bufnr)
  local ghost = ghosts[bufnr]
  ghost.timer:stop()
  ghost.asked = ghost.asked + 1
  if ghost.open then
    ghost.client:cancel_request(ghost.open)
    ghost.open = nil
  end
end

local function ask(bufnr, kind)
  cancel(bufnr)
  local ghost = ghosts[bufnr]
  if not is_inserting(bufnr) or ghost.client:is_stopped() then
    return
  end
  local number, tick = ghost.asked, vim.api.nvim_buf_get_changedtick(bufnr)
  local params = vim.lsp.util.make_position_params(0, ghost.client.offset_encoding)
  params.context = { triggerKind = kind }
  local _, open = ghost.client:request(METHOD, params, function(_, result)
    answered(bufnr, number, tick, result)
  end, bufnr)
  ghost.open = ghost.asked == number and open or nil
end

local function moved(bufnr)
  if not left(bufnr) then
    forget(bufnr)
  end
  draw(bufnr)
  cancel(bufnr)
  ghosts[bufnr].timer:start(PAUSE_MS, 0, vim.schedule_wrap(function()
    if ghosts[bufnr] then
      ask(bufnr, AUTOMATIC)
    end
  end))
end

local function group_of(bufnr)
  return vim.api.nvim_create_augroup(('mistral_lsp.ghost.%d'):format(bufnr), { clear = true })
end

function M.enable(bufnr, client)
  M.disable(bufnr)
  ghosts[bufnr] = { client = client, asked = 0, items = {}, index = 1, timer = assert(vim.uv.new_timer()) }
  local group = group_of(bufnr)
  local function follow()
    if ghosts[bufnr] and is_inserting(bufnr) then
      moved(bufnr)
    end
  end
  vim.api.nvim_create_autocmd({ 'CursorMovedI', 'TextChangedI', 'TextChangedP' }, {
    group = group,
    buffer = bufnr,
    callback = follow,
  })
  vim.api.nvim_create_autocmd('InsertEnter', {
    group = group,
    buffer = bufnr,
    callback = function()
      vim.schedule(follow) -- only then the mode is Insert
    end,
  })
  vim.api.nvim_create_autocmd({ 'InsertLeave', 'BufLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      cancel(bufnr)
      forget(bufnr)
    end,
  })
end

function M.disable(bufnr, client)
  local ghost = ghosts[bufnr]
  if not ghost or (client and ghost.client.id ~= client.id) then
    return
  end
  ghost.timer:stop()
  ghost.timer:close()
  ghosts[bufnr] = nil
  group_of(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
end

---@param part_of? fun(text: string): string
local function accept(part_of)
  local bufnr = vim.api.nvim_get_current_buf()
  local rest = left(bufnr)
  if not rest then
    return false
  end
  local part = part_of and part_of(rest.text) or rest.text
  if part ~= rest.text then
    words.put(0, rest.row, rest.column, rest.column, part)
    local next_line = part:match('.*()\n')
    if next_line then -- the rest stands further down now
      rest.item.row = vim.api.nvim_win_get_cursor(0)[1] - 1
      rest.item.text, rest.item.column = rest.text:sub(next_line + 1), 0
    end
    draw(bufnr)
    return true
  end
  forget(bufnr)
  words.put(0, rest.row, rest.column, rest.end_column, part)
  if rest.item.command then
    ghosts[bufnr].client:exec_cmd(rest.item.command, { bufnr = bufnr })
  end
  return true
end

function M.accept()
  return accept()
end

function M.accept_word()
  return accept(words.first_word)
end

function M.accept_line()
  return accept(words.first_line)
end

function M.next()
  local bufnr = vim.api.nvim_get_current_buf()
  local ghost = ghosts[bufnr]
  if not ghost then
    return false
  elseif #ghost.items < 2 then
    ask(bufnr, INVOKED)
  else
    ghost.index = ghost.index % #ghost.items + 1
    draw(bufnr)
  end
  return true
end

function M.dismiss()
  local bufnr = vim.api.nvim_get_current_buf()
  if not left(bufnr) then
    return false
  end
  cancel(bufnr)
  forget(bufnr)
  return true
end

return M
