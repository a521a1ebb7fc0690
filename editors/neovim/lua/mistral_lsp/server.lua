--- Server: started for the buffers that it helps with, and again where it fell, within limits.

local buffers = require('mistral_lsp.buffers')
local find = require('mistral_lsp.find')
local options = require('mistral_lsp.options')
local status = require('mistral_lsp.status')

local M = {}

M.NAME = 'mistral_lsp'
local RESTARTS, WITHIN_MS = 3, 180000
local LOOK_EVERY_MS, PATIENCE_MS, LAST_WAIT_MS = 20, 3000, 5000 -- with a server that was asked to end
local CURE = ':checkhealth mistral_lsp says what is wrong; :MistralLsp restart tries again'

local falls = {} ---@type integer[] when it fell
local ending = {} ---@type table<integer, boolean> clients that were asked to end
local trouble ---@type string? why none is started any more
local last_told ---@type string? how it is started, and with which settings

local function say(message, level)
  vim.notify('mistral-lsp: ' .. message, level or vim.log.levels.WARN)
end

---@return vim.lsp.Client[]
function M.clients(filter)
  return vim.lsp.get_clients(vim.tbl_extend('force', { name = M.NAME }, filter or {}))
end

--- The client of a buffer, or of any.
---@return vim.lsp.Client?
function M.client(bufnr)
  return M.clients({ bufnr = bufnr or 0 })[1] or M.clients()[1]
end

--- Why no server runs, if that is so by more than chance.
function M.trouble()
  return trouble
end

local function give_up(why)
  if trouble ~= why then
    trouble = why
    status.set('error', why, 'server')
    vim.schedule(function() -- as an error within an autocommand it would come with a traceback
      say(why, vim.log.levels.ERROR)
    end)
  end
end

--- Go on once Neovim has forgotten these clients: one that starts before shares its bookkeeping of changes with them.
local function when_gone(clients, go_on, waited_ms)
  waited_ms = waited_ms or 0
  local left = vim.tbl_filter(function(client)
    return vim.lsp.get_client_by_id(client.id) ~= nil
  end, clients)
  if #left == 0 or waited_ms > LAST_WAIT_MS then
    vim.schedule(go_on)
    return
  end
  if waited_ms == PATIENCE_MS then
    for _, client in ipairs(left) do
      client:stop(true)
    end
  end
  vim.defer_fn(function()
    when_gone(clients, go_on, waited_ms + LOOK_EVERY_MS)
  end, LOOK_EVERY_MS)
end

--- Say so, with what the program itself complains of.
local function could_not_start(cmd, what)
  find.version(cmd, function(_, problem)
    give_up(('%s%s. %s'):format(what, problem and (' (' .. problem .. ')') or '', CURE))
  end)
end

--- It ended and nobody had asked it to.
local function fell(cmd, code, signal, was_ready, on_restart)
  local now = vim.uv.now()
  falls = vim.tbl_filter(function(at)
    return now - at < WITHIN_MS
  end, falls)
  table.insert(falls, now)
  local how = signal ~= 0 and ('was ended by signal %d'):format(signal) or ('ended with status %d'):format(code)
  if was_ready and #falls <= RESTARTS then
    say(('the server %s; it is started again (%d of %d)'):format(how, #falls, RESTARTS))
    on_restart()
    return
  elseif was_ready then
    give_up(('the server %s, %d times in %d minutes. %s'):format(how, #falls, WITHIN_MS / 60000, CURE))
    return
  end
  could_not_start(cmd, ('the server %s at its start'):format(how))
end

---@return vim.lsp.ClientConfig
local function config(cmd, root)
  local is_ready, attached = false, {}
  return {
    name = M.NAME,
    cmd = cmd,
    root_dir = root,
    init_options = options.now.settings,
    settings = { mistralLsp = vim.empty_dict() },
    capabilities = { experimental = { mistralLsp = { explanations = true } } },
    handlers = {
      ['$/mistralLsp/status'] = function(_, told)
        status.set(told.state, told.message, told.fault)
      end,
      ['$/mistralLsp/explanation'] = function(_, told, context)
        require('mistral_lsp.explanation').show(told, context.client_id)
      end,
    },
    on_init = function(client)
      is_ready, attached = true, client.attached_buffers
      status.set('ready', 'the server runs')
    end,
    on_attach = function(_, bufnr)
      require('mistral_lsp.tracking').follow(bufnr)
    end,
    on_exit = function(code, signal, id)
      local bufnrs = vim.tbl_keys(attached)
      vim.schedule(function()
        status.forget()
        if ending[id] then
          ending[id] = nil
        elseif vim.v.exiting == vim.NIL then
          fell(cmd, code, signal, is_ready, function()
            when_gone({ { id = id } }, function()
              vim.tbl_map(M.attach, bufnrs)
            end)
          end)
        end
      end)
    end,
  }
end

--- Attach the server to a buffer that it can help with; the first one starts it.
---@param bufnr integer
function M.attach(bufnr)
  if trouble or not vim.api.nvim_buf_is_loaded(bufnr) or buffers.reason_against(bufnr) then
    return
  end
  local cmd, problem = find.cmd()
  if not cmd then
    give_up(problem)
    return
  end
  local root = vim.fs.root(bufnr, options.now.root_markers)
  local _, id = pcall(vim.lsp.start, config(cmd, root), {
    bufnr = bufnr,
    silent = true,
    reuse_client = function(client, other)
      local is_alive = not ending[client.id] and not client:is_stopped()
      return is_alive and client.name == M.NAME and client.root_dir == other.root_dir
    end,
  })
  if type(id) ~= 'number' then
    could_not_start(cmd, ('the server %s could not be started'):format(cmd[1]))
  end
end

local function attach_all()
  vim.tbl_map(M.attach, vim.api.nvim_list_bufs())
end

--- End every server; calls back when they are gone.
---@param on_ended? fun()
function M.stop(on_ended)
  local clients = vim.lsp.get_clients({ name = M.NAME, _uninitialized = true })
  for _, client in ipairs(clients) do
    ending[client.id] = true
    client:stop()
  end
  when_gone(clients, on_ended or function() end)
end

--- End every server, and start anew, as if nothing had been wrong.
---@param on_started? fun()
function M.restart(on_started)
  M.stop(function()
    trouble, falls = nil, {}
    attach_all()
    if on_started then
      on_started()
    end
  end)
end

--- Follow buffers from now on. Where servers run already, they start anew if `setup` changed what they were told.
function M.setup()
  trouble, falls = nil, {}
  local group = vim.api.nvim_create_augroup('mistral_lsp.server', { clear = true })
  vim.api.nvim_create_autocmd({ 'FileType', 'BufFilePost' }, {
    group = group,
    desc = 'Start mistral-lsp where it can help',
    callback = function(event)
      M.attach(event.buf)
    end,
  })
  local told = vim.inspect({ options.now.cmd, options.now.settings })
  local is_other = told ~= last_told
  last_told = told
  if is_other and #vim.lsp.get_clients({ name = M.NAME, _uninitialized = true }) > 0 then
    M.restart()
  elseif vim.v.vim_did_enter == 1 then
    attach_all()
  end
end

return M
