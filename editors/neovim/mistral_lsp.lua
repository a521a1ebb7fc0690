-- Ghost text from mistral-lsp in a stock Neovim 0.12: copy this file to ~/.config/nvim/lua/, and say
-- require('mistral_lsp') in init.lua. Settings of your own go below that line:
-- vim.lsp.config('mistral_lsp', { init_options = { ... } })
--
--   <Tab>           accepts the ghost text; where there is none it is the <Tab> that it was
--   :MistralDoctor  says what is well with this session's settings, endpoint and model, and what to do about the rest
--   :MistralWhy     says what became of the last requests for ghost text, and what to do where nothing appeared

local NAME = 'mistral_lsp'
local ACCEPT = '<Tab>'

-- Neovim 0.11 can't draw ghost text. There the same text is in the completion menu.
local has_ghost_text = vim.lsp.inline_completion ~= nil

-- Without a list of file types it attaches to every file that has a type.
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

-- Where the terminal has 256 colours, Neovim's default colour scheme draws ghost text like code: make it grey.
local function grey()
  local style = vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })
  if not (style.ctermfg or style.cterm) then
    vim.api.nvim_set_hl(0, 'ComplHint', vim.tbl_extend('force', style, { ctermfg = 244 }))
  end
end

if has_ghost_text then
  grey()
  vim.api.nvim_create_autocmd('ColorScheme', { callback = grey, desc = 'Tell ghost text from code' })
  vim.api.nvim_create_autocmd('LspAttach', {
    desc = 'Show ghost text in the buffers that mistral-lsp attaches to',
    callback = function(event)
      if vim.lsp.get_client_by_id(event.data.client_id).name == NAME then
        vim.lsp.inline_completion.enable(true, { bufnr = event.buf })
        vim.keymap.set('i', ACCEPT, accept, { buffer = event.buf, expr = true, desc = 'Accept the ghost text' })
      end
    end,
  })
end

local function show(report)
  vim.cmd.new()
  vim.bo.buftype, vim.bo.bufhidden = 'nofile', 'wipe'
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(report, '\n'))
end

local function add_command(name, params, desc)
  vim.api.nvim_create_user_command(name, function()
    local client = vim.lsp.get_clients({ name = NAME })[1]
    if not client then
      vim.notify('mistral-lsp does not run: :checkhealth vim.lsp may say why', vim.log.levels.WARN)
      return
    end
    client:request('workspace/executeCommand', params, function(problem, report)
      show(problem and problem.message or report)
    end)
  end, { desc = desc })
end

local doctor = { command = 'mistralLsp.doctor' }
local why = { command = 'mistralLsp.why', arguments = { 'quiet' } }
add_command('MistralDoctor', doctor, 'What is well with mistral-lsp in this session, and what to do about the rest')
add_command('MistralWhy', why, 'Why there is no suggestion, and what to do')
