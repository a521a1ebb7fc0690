--- Find: the program that is the server.

local M = {}

local HOW_TO_INSTALL = 'Install it as the README says ("Use it"), or give setup a cmd; :checkhealth mistral_lsp tells more'

--- Where it is looked for besides the PATH: where the README installs it, and the checkout that this plugin lies in.
---@return string[]
local function places()
  local here = debug.getinfo(1, 'S').source:sub(2)
  local checkout = vim.fs.dirname(here) .. '/../../../..'
  return {
    vim.fs.normalize('~/.local/bin/mistral-lsp'),
    vim.fs.normalize('~/.local/share/mistral-lsp/bin/mistral-lsp'),
    vim.fs.normalize(checkout .. '/.venv/bin/mistral-lsp'),
  }
end

--- How to start it, or why it can't be started.
---@return string[]? cmd
---@return string? problem
function M.cmd()
  local given = require('mistral_lsp.options').now.cmd
  if given then
    if vim.fn.executable(given[1] or '') == 1 then
      return given
    end
    return nil, ('the server %s of setup\'s cmd is no program. %s'):format(vim.inspect(given[1]), HOW_TO_INSTALL)
  end
  local found = vim.fn.exepath('mistral-lsp')
  for _, place in ipairs(found ~= '' and {} or places()) do
    found = found == '' and vim.fn.executable(place) == 1 and place or found
  end
  if found == '' then
    return nil, 'the server mistral-lsp was not found. ' .. HOW_TO_INSTALL
  end
  return { found }
end

--- What `--version` says, or the last line of what went wrong. Calls back when it is known.
---@param cmd string[]
---@param on_answer fun(version?: string, problem?: string)
function M.version(cmd, on_answer)
  local words = vim.list_extend(vim.deepcopy(cmd), { '--version' })
  local is_started = pcall(vim.system, words, { text = true, timeout = 20000 }, function(done)
    local said = vim.trim(done.code == 0 and done.stdout or done.stderr or '')
    local lines = vim.split(said, '\n')
    vim.schedule(function()
      if done.code == 0 and said:match('^mistral%-lsp ') then
        on_answer(said)
      else
        on_answer(nil, said == '' and ('it ended with status %d'):format(done.code) or lines[#lines])
      end
    end)
  end)
  if not is_started then
    on_answer(nil, 'the system can\'t run it; is its Python still there?')
  end
end

return M
