--- `:MistralLsp`: what one can ask and tell by hand.

local buffers = require('mistral_lsp.buffers')
local output = require('mistral_lsp.output')
local report = require('mistral_lsp.report')
local server = require('mistral_lsp.server')
local status = require('mistral_lsp.status')

local M = {}

local function say(message, level)
  vim.notify('mistral-lsp: ' .. message, level or vim.log.levels.INFO)
end

--- Run a command of the server's.
---@param command string
---@param arguments any[]
---@param on_answer fun(answer: any)
local function ask(command, arguments, on_answer)
  local client = server.client()
  if not client then
    say(server.trouble() or 'no server runs; open a file that has a type', vim.log.levels.WARN)
    return
  end
  client:request('workspace/executeCommand', { command = command, arguments = arguments }, function(problem, answer)
    if problem then
      say((problem.message:gsub('^mistral%-lsp: ', '')), vim.log.levels.WARN)
    else
      on_answer(answer)
    end
  end)
end

local function opens(name, command, arguments)
  return function()
    ask(command, arguments or {}, function(text)
      report.open('mistral-lsp://' .. name, text)
    end)
  end
end

local function show_status()
  local now, lines = status.get(), {}
  table.insert(lines, ('%s: %s'):format(now.state, now.message))
  local reason = buffers.reason_against(0)
  if reason then
    table.insert(lines, 'It leaves this buffer alone: ' .. reason)
  elseif not buffers.is_writable(0) then
    table.insert(lines, 'No ghost text in this buffer: it is read-only')
  elseif #server.clients({ bufnr = 0 }) == 0 then
    table.insert(lines, 'No server is attached to this buffer')
  end
  say(table.concat(lines, '\n'), now.state == 'error' and vim.log.levels.WARN or nil)
end

local function switch_to(name, role)
  ask('mistralLsp.switch', { name, role }, function(answer)
    say(answer.message)
  end)
end

local function switch(_, name, role)
  if name then
    switch_to(name, role)
    return
  end
  ask('mistralLsp.switch', {}, function(answer)
    vim.list_extend(answer.endpoints, {})
    if #answer.problems > 0 then
      say(table.concat(answer.problems, '\n'), vim.log.levels.WARN)
    end
    vim.ui.select(answer.endpoints, {
      prompt = 'mistral-lsp: which endpoint?',
      format_item = function(one)
        return ('%s%s  %s  %s'):format(one.isCurrent and '* ' or '  ', one.name, one.url, one.model)
      end,
    }, function(one)
      if one then
        switch_to(one.name)
      end
    end)
  end)
end

local function pause(wanted)
  return function()
    ask('mistralLsp.pause', wanted == nil and {} or { wanted }, function(answer)
      if answer.paused then
        require('mistral_lsp').dismiss()
      end
      say(answer.paused and 'ghost text is paused; :MistralLsp resume' or 'ghost text is on')
    end)
  end
end

--- Explain the diagnostic at the cursor; where there is none, say what the code there does.
local function explain()
  local has_diagnostic = #vim.diagnostic.get(0, { lnum = vim.api.nvim_win_get_cursor(0)[1] - 1 }) > 0
  local wanted = has_diagnostic and '^Explain' or '^Summarise'
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:match(wanted) ~= nil and (action.kind or ''):match('mistral$') ~= nil
    end,
  })
end

--- Explain what a program printed. The window opens by itself as the explanation is written.
local function explain_output(range)
  ask('mistralLsp.explainOutput', { output.taken(range) }, function() end)
end

--- Offer the fix of the diagnostic at the cursor once it is made and checked: what was checked is in its title.
local function fix()
  local client = server.clients({ bufnr = 0 })[1]
  local params = client and vim.lsp.util.make_range_params(0, client.offset_encoding)
  if not params then
    say('no server is attached to this buffer', vim.log.levels.WARN)
    return
  end
  params.context = { diagnostics = {}, only = { 'quickfix' } }
  client:request('textDocument/codeAction', params, function(_, actions)
    local action = vim.iter(actions or {}):find(function(one)
      return one.title:match('^Fix') and one.data
    end)
    if not action then
      say('there is nothing to fix at the cursor', vim.log.levels.WARN)
      return
    end
    client:request('codeAction/resolve', action, function(problem, found)
      if problem then
        say(problem.message, vim.log.levels.WARN)
        return
      end
      vim.ui.select({ found, false }, {
        prompt = 'mistral-lsp: apply it?',
        format_item = function(one)
          return one and one.title or 'Leave the code as it is'
        end,
      }, function(one)
        if one then
          vim.lsp.util.apply_workspace_edit(one.edit, client.offset_encoding)
        end
      end)
    end)
  end)
end

local SUBCOMMANDS = {
  status = show_status,
  why = opens('why', 'mistralLsp.why', { 'quiet' }),
  counts = opens('counts', 'mistralLsp.counts'),
  doctor = opens('doctor', 'mistralLsp.doctor'),
  pause = pause(true),
  resume = pause(false),
  toggle = pause(),
  switch = switch,
  explain = explain,
  output = explain_output,
  fix = fix,
  restart = function()
    server.restart(function()
      say(server.trouble() or 'the server was started again')
    end)
  end,
  stop = function()
    server.stop()
  end,
}

---@param words string[] the subcommand and its arguments
---@param range? { [1]: integer, [2]: integer } the first and the last line
function M.run(words, range)
  local name = words[1] or 'status'
  if not require('mistral_lsp.options').is_set then
    say("nothing runs before require('mistral_lsp').setup() in your init.lua", vim.log.levels.WARN)
  elseif SUBCOMMANDS[name] then
    SUBCOMMANDS[name](range, unpack(words, 2))
  else
    say(('there is no :MistralLsp %s; there are %s'):format(name, table.concat(M.complete('', 'MistralLsp '), ', ')),
      vim.log.levels.WARN)
  end
end

--- What may follow on the command line.
---@return string[]
function M.complete(lead, line)
  local words = vim.split(vim.trim(line:sub(1, #line - #lead)), '%s+')
  local candidates = {}
  if #words == 1 then
    candidates = vim.tbl_keys(SUBCOMMANDS)
  elseif words[2] == 'switch' and #words == 2 then
    local client = server.client()
    local answer = client and client:request_sync('workspace/executeCommand', { command = 'mistralLsp.switch' }, 500)
    for _, one in ipairs(answer and answer.result and answer.result.endpoints or {}) do
      table.insert(candidates, one.name)
    end
  elseif words[2] == 'switch' and #words == 3 then
    candidates = { 'completion', 'chat' }
  end
  table.sort(candidates)
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
