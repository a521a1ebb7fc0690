-- Ghost text from mistral-lsp in a stock Neovim 0.12. Copy this file to ~/.config/nvim/plugin/mistral_lsp.lua.
--
--   <Tab>           accepts the ghost text; where there is none it is the <Tab> that it was
--   :MistralDoctor  says what is well with this session's settings, endpoint and model, and what to do about the rest
--
-- Settings of your own go into init.lua, with vim.lsp.config('mistral_lsp', { init_options = { ... } }).

local NAME = 'mistral_lsp'
local ACCEPT = '<Tab>'

-- Neovim 0.11 can't draw ghost text: it has the same text in the completion menu, on CTRL-X CTRL-O.
local has_ghost_text = vim.lsp.inline_completion ~= nil

-- Without a list of file types it attaches to every file that has one.
vim.lsp.config(NAME, {
  cmd = { 'mistral-lsp' },
  root_markers = { '.git' },
  init_options = { completion = { in_menu = not has_ghost_text } },
})
vim.lsp.enable(NAME)

local function accept()
  if vim.lsp.inline_completion.get() then
    return ''
  elseif vim.snippet.active({ direction = 1 }) then
    return '<Cmd>lua vim.snippet.jump(1)<CR>'
  end
  return ACCEPT
end

vim.api.nvim_create_autocmd('LspAttach', {
  desc = 'Show ghost text in the buffers that mistral-lsp attaches to',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == NAME and has_ghost_text then
      vim.lsp.inline_completion.enable(true, { bufnr = event.buf })
      vim.keymap.set('i', ACCEPT, accept, { buffer = event.buf, expr = true, desc = 'Accept the ghost text' })
    end
  end,
})

local function show(report)
  vim.cmd.new()
  vim.bo.buftype, vim.bo.bufhidden = 'nofile', 'wipe'
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(report, '\n'))
end

vim.api.nvim_create_user_command('MistralDoctor', function()
  local client = vim.lsp.get_clients({ name = NAME })[1]
  if not client then
    vim.notify('mistral-lsp is not running: see :checkhealth vim.lsp', vim.log.levels.WARN)
    return
  end
  client:request('workspace/executeCommand', { command = 'mistralLsp.doctor' }, function(problem, report)
    show(problem and problem.message or report)
  end)
end, { desc = 'What is well with mistral-lsp in this session, and what to do about the rest' })
