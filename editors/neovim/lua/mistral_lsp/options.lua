--- Options: what `setup` was given over what holds otherwise.

local M = {}

---@class mistral_lsp.Options
M.defaults = {
  cmd = nil, ---@type string[]? how to start the server; without it, it is looked for
  settings = {}, -- the server's, by the names that they have everywhere; it has the defaults
  filetypes = nil, ---@type string[]? without it, every file that has a type
  root_markers = { '.git' },
  max_file_bytes = 4 * 1024 * 1024,
  diagnostics = true, -- tell the server what other servers found, to be explained and fixed
  -- Each key is what it was where there is no ghost text; false leaves a key alone.
  keys = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-Down>',
    next = '<M-]>',
    dismiss = '<C-]>',
  },
}

---@type mistral_lsp.Options
M.now = vim.deepcopy(M.defaults)
M.is_set = false

local TYPES = {
  cmd = 'table',
  settings = 'table',
  filetypes = 'table',
  root_markers = 'table',
  max_file_bytes = 'number',
  diagnostics = 'boolean',
  keys = 'table',
}

--- Take them; one message says what is wrong with any, and those keep their defaults.
---@param given table
function M.set(given)
  local good, problems = {}, {}
  for name, value in pairs(given) do
    if not TYPES[name] then
      local known = vim.tbl_keys(TYPES)
      table.sort(known)
      table.insert(problems, ('%s: there is no such option; there are %s'):format(name, table.concat(known, ', ')))
    elseif type(value) ~= TYPES[name] then
      table.insert(problems, ('%s: must be a %s, and is %s'):format(name, TYPES[name], vim.inspect(value)))
    else
      good[name] = value
    end
  end
  for name, key in pairs(good.keys or {}) do
    if M.defaults.keys[name] == nil or (key ~= false and type(key) ~= 'string') then
      table.insert(problems, ('keys.%s: there is no such key, or it is neither a text nor false'):format(name))
      good.keys = vim.tbl_extend('force', good.keys, { [name] = M.defaults.keys[name] })
    end
  end
  M.now = vim.tbl_deep_extend('force', M.defaults, good)
  M.is_set = true
  if #problems > 0 then
    table.sort(problems)
    vim.notify('mistral-lsp: setup: ' .. table.concat(problems, '\n'), vim.log.levels.WARN)
  end
end

return M
