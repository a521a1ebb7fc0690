--- `:checkhealth mistral_lsp`: Neovim, the program, its Python, and what the server's own doctor says.

local find = require('mistral_lsp.find')
local options = require('mistral_lsp.options')
local server = require('mistral_lsp.server')

local M = {}

local WAIT_MS = 30000

--- What a program prints, or nil and what went wrong.
local function run(words)
  local is_started, process = pcall(vim.system, words, { text = true, timeout = WAIT_MS })
  if not is_started then
    return nil, 'it could not be started'
  end
  local done = process:wait()
  local said = vim.trim(done.code == 0 and done.stdout or done.stderr or '')
  if done.code == 0 then
    return said
  end
  local lines = vim.split(said, '\n')
  return nil, said == '' and ('it ended with status %d'):format(done.code) or lines[#lines]
end

local function check_neovim()
  local version = tostring(vim.version())
  if vim.lsp.inline_completion then
    vim.health.ok(('Neovim %s: its own ghost text'):format(version))
  elseif vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok(('Neovim %s: the plugin draws the ghost text'):format(version))
  else
    vim.health.error(('Neovim %s is too old'):format(version), 'Install Neovim 0.11 or newer')
  end
  if options.is_set then
    vim.health.ok('setup was called')
  else
    vim.health.warn('setup was not called', "Put require('mistral_lsp').setup() into your init.lua")
  end
end

--- The Python that a script names in its first line.
local function python_of(program)
  local is_read, lines = pcall(vim.fn.readfile, program, '', 1)
  local python = is_read and (lines[1] or ''):match('^#!%s*(%S*python%S*)') or nil
  return python and run({ python, '--version' }) and python or nil, python
end

---@return string[]? cmd where it works
local function check_program()
  local cmd, problem = find.cmd()
  if not cmd then
    vim.health.error(problem, 'python3 -m venv ~/.local/share/mistral-lsp, then its pip install: see the README')
    return nil
  end
  local version, failure = run(vim.list_extend(vim.deepcopy(cmd), { '--version' }))
  local works, named = python_of(vim.fn.exepath(cmd[1]))
  if works then
    vim.health.info(('Python: %s (%s)'):format(run({ works, '--version' }), works))
  elseif named then
    vim.health.error(('its Python is gone: %s'):format(named), 'Make the environment anew, with Python 3.11 or newer')
  end
  if not version or not version:match('^mistral%-lsp ') then
    local why = failure or ('it says %s'):format(version)
    vim.health.error(('%s does not work: %s'):format(table.concat(cmd, ' '), why), {
      'It needs Python 3.11 or newer; make its environment anew as the README says',
      'Or give setup another cmd',
    })
    return nil
  end
  vim.health.ok(('%s: %s'):format(table.concat(cmd, ' '), version))
  return cmd
end

local function check_server()
  local clients = server.clients()
  if server.trouble() then
    vim.health.error(server.trouble(), ':MistralLsp restart, once that is mended')
  elseif #clients == 0 then
    vim.health.info('no server runs: it starts with the first file that has a type')
  end
  for _, client in ipairs(clients) do
    local count = vim.tbl_count(client.attached_buffers)
    vim.health.ok(('a server runs for %s, %d buffers'):format(client.root_dir or 'single files', count))
  end
  return clients[1]
end

--- The doctor's report: the session's own where one runs, else a terminal's.
local function doctor(cmd, client)
  if client then
    local answer = client:request_sync('workspace/executeCommand', { command = 'mistralLsp.doctor' }, WAIT_MS)
    return answer and answer.result, 'the server does not answer'
  end
  local done = vim.system(vim.list_extend(vim.deepcopy(cmd), { 'doctor' }), { text = true, timeout = WAIT_MS }):wait()
  return done.stdout ~= '' and done.stdout or nil, vim.trim(done.stderr or '')
end

function M.check()
  vim.health.start('mistral-lsp')
  check_neovim()
  local cmd = check_program()
  local client = cmd and check_server()
  if not cmd then
    return
  end
  vim.health.start('mistral-lsp: settings, endpoint and model')
  local report, problem = doctor(cmd, client)
  if not report then
    vim.health.error(problem)
    return
  end
  local findings = {}
  for line in vim.gsplit(vim.trim(report), '\n') do
    if line:match('^%S') or #findings == 0 then
      table.insert(findings, line)
    elseif line ~= '' then
      findings[#findings] = findings[#findings] .. '\n' .. vim.trim(line)
    end
  end
  for _, finding in ipairs(findings) do
    local bad, good = finding:match('^✗ +(.*)$'), finding:match('^✓ +(.*)$')
    local say = bad and vim.health.error or good and vim.health.ok or vim.health.info
    say(bad or good or finding)
  end
end

return M
