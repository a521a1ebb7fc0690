--- Explanations: shown in a window of their own as they are written. Closing it ends the writing.

local report = require('mistral_lsp.report')

local M = {}

local CLOSED = '$/mistralLsp/closeExplanation'
local shown = {} ---@type table<string, integer> buffers by the explanation's id

---@param told { id: string, title: string, text: string, state: string }
---@param client_id integer
function M.show(told, client_id)
  local key = ('%d %s'):format(client_id, told.id)
  local endings = { writing = '\n\n…', failed = '\n\n(it could not be finished: :MistralLsp status)' }
  local text = ('# %s\n\n%s%s'):format(told.title, told.text, endings[told.state] or '')
  if shown[key] == nil then
    if told.state ~= 'writing' and told.text == '' then
      return
    end
    local bufnr = report.open('mistral-lsp://' .. told.id, text, { filetype = 'markdown', stay = true })
    shown[key] = bufnr
    vim.api.nvim_create_autocmd('BufWipeout', {
      buffer = bufnr,
      callback = function()
        local client = vim.lsp.get_client_by_id(client_id)
        if client and shown[key] then
          client:notify(CLOSED, { id = told.id })
        end
        shown[key] = -1
      end,
    })
  elseif shown[key] ~= -1 then
    report.write(shown[key], text)
  end
  if told.state ~= 'writing' then
    shown[key] = nil
  end
end

return M
