-- What nvim_test.go plays in Neovim. It works with the API of 0.7 and later.

local answers = { messages = {}, titles = {} }

vim.notify = function(message)
  table.insert(answers.messages, message)
end

-- Waits until check holds. A script that fails must not leave Neovim running.
local function wait(what, check)
  if not vim.wait(20000, check, 5) then
    io.stderr:write('Error: no ' .. what .. '; messages: ' .. vim.inspect(answers.messages) .. '\n')
    vim.cmd('cquit')
  end
end

local function quickfix()
  local list = {}
  for _, item in ipairs(vim.fn.getqflist()) do
    table.insert(list, { file = vim.api.nvim_buf_get_name(item.bufnr), line = item.lnum, text = item.text })
  end
  return list
end

-- Runs an ex command and returns the quickfix list that it makes.
local function list_of(command)
  vim.fn.setqflist({}, 'r')
  vim.cmd(command)
  wait('answer to ' .. command, function()
    return #vim.fn.getqflist() > 0
  end)
  return quickfix()
end

-- Runs an ex command and waits for what it says to the user.
local function said(command)
  local before = #answers.messages
  vim.cmd(command)
  wait('word on ' .. command, function()
    return #answers.messages > before
  end)
end

local ok, err = pcall(function()
  local loradex = require('loradex')
  loradex.setup({
    cmd = { vim.env.TEST_SERVER, vim.env.TEST_ARGUMENT, vim.env.TEST_ROOT },
    open = false,
  })

  answers.search = list_of('LoradexSearch where is it')
  table.insert(answers.titles, vim.fn.getqflist({ title = 0 }).title)
  answers.similar = list_of('3,5LoradexSimilar')
  table.insert(answers.titles, vim.fn.getqflist({ title = 0 }).title)

  -- The editor's own means: the client is attached to the buffer, and asked by name.
  answers.symbols = list_of("lua vim.lsp.buf.workspace_symbol('?where is it')")
  vim.cmd('cclose') -- back to the buffer of the client
  local result = vim.lsp.buf_request_sync(0, 'workspace/executeCommand',
    { command = 'loradex.search', arguments = { { query = 'lock' } } }, 20000)
  answers.command = {}
  for _, answer in pairs(result) do
    for _, hit in ipairs(answer.result.hits) do
      table.insert(answers.command, hit.path)
    end
  end

  said('LoradexAdapter go')
  answers.adapted = list_of('LoradexSearch where is it')
  said('LoradexAdapter rust')
  said('LoradexSearch fail unavailable')
  said('LoradexSearch nothing')
  said('LoradexAdapter')
end)
if not ok then
  io.stderr:write('Error: ' .. tostring(err) .. '\n')
  vim.cmd('cquit')
end

vim.fn.writefile({ vim.fn.json_encode(answers) }, vim.env.TEST_ANSWERS)
vim.cmd('qall!')
