-- Only the command: nothing starts and no key is taken before `require('mistral_lsp').setup()`.
if vim.g.loaded_mistral_lsp then
  return
end
vim.g.loaded_mistral_lsp = true

vim.api.nvim_create_user_command('MistralLsp', function(given)
  require('mistral_lsp.commands').run(given.fargs, given.range > 0 and { given.line1, given.line2 } or nil)
end, {
  nargs = '*',
  range = true,
  desc = 'Ask and tell mistral-lsp',
  complete = function(lead, line)
    return require('mistral_lsp.commands').complete(lead, line)
  end,
})
