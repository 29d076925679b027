-- Semantic code search in Neovim, by the language server `loradex lsp`.
--
--   require('loradex').setup({ cmd = { 'loradex', 'lsp' }, k = 20 })
--
-- The commands are defined by plugin/loradex.lua and work without setup. The server starts with the first command, one
-- for each repository. Needs Neovim 0.7 or later.

local M = {}

local config = {
  cmd = { 'loradex', 'lsp' }, -- how the server is started, in the root folder of the repository
  k = 20, -- hits
  open = true, -- open the quickfix window when there are hits
}

-- Clients by root folder.
local clients = {}

function M.setup(options)
  config = vim.tbl_extend('force', config, options or {})
end

local function report(message, level)
  vim.notify('loradex: ' .. message, level or vim.log.levels.ERROR)
end

-- The folder that the index of a file is looked for in: the nearest one upwards with an index or a repository, else the
-- current one.
local function root_of(path)
  local dir = vim.fn.getcwd()
  if path ~= '' then
    dir = vim.fn.fnamemodify(path, ':p:h')
  end
  local at = dir
  while true do
    for _, mark in ipairs({ '/.loradex', '/.git' }) do
      if vim.loop.fs_stat(at .. mark) then
        return at
      end
    end
    local up = vim.fn.fnamemodify(at, ':h')
    if up == at then
      return dir
    end
    at = up
  end
end

-- Starts a client that belongs to no buffer. Neovim 0.11 has another function for it.
local function start(options)
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.lsp.start(options, { attach = false })
  end
  return vim.lsp.start_client(options)
end

-- Returns the client of the current buffer's repository and starts it if need be. nil after it said why not.
function M.client()
  local root = root_of(vim.api.nvim_buf_get_name(0))
  local client = clients[root] and vim.lsp.get_client_by_id(clients[root])
  if not client then
    local id = start({
      name = 'loradex',
      cmd = config.cmd,
      cmd_cwd = root,
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fn.fnamemodify(root, ':t') } },
      on_exit = function()
        clients[root] = nil
      end,
    })
    client = id and vim.lsp.get_client_by_id(id)
    if not client then
      report('cannot start ' .. table.concat(config.cmd, ' '))
      return nil
    end
    clients[root] = id
    -- The protocol allows no request before the answer to the first.
    vim.wait(10000, function()
      return client.initialized or vim.lsp.get_client_by_id(id) == nil
    end, 5)
    if not client.initialized then
      clients[root] = nil
      report(table.concat(config.cmd, ' ') .. ' does not answer; `loradex doctor` may tell why')
      return nil
    end
  end
  -- vim.lsp.buf.workspace_symbol('?question') asks the servers of the buffer.
  local buffer = vim.api.nvim_get_current_buf()
  if vim.bo[buffer].buftype == '' and not vim.lsp.buf_is_attached(buffer, client.id) then
    vim.lsp.buf_attach_client(buffer, client.id)
  end
  return client
end

-- Sends a request and calls done with the result. Errors are shown with what helps against them.
local function request(client, method, params, done)
  local function handler(err, result)
    if err then
      local hint = type(err.data) == 'table' and err.data.hint
      report((err.message or 'unknown error') .. (hint and ('\n' .. hint) or ''))
      return
    end
    done(result)
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return client:request(method, params, handler)
  end
  return client.request(method, params, handler)
end

local function command(name, argument, done)
  local client = M.client()
  if not client then
    return
  end
  request(client, 'workspace/executeCommand', { command = name, arguments = { argument } }, done)
end

-- The quickfix entries for the hits of an answer.
local function entries(hits)
  local list = {}
  for _, hit in ipairs(hits) do
    local what = hit.symbol
    if what == nil or what == vim.NIL or what == '' then
      what = vim.trim(vim.split(hit.text or '', '\n')[1])
    end
    table.insert(list, {
      filename = vim.uri_to_fname(hit.uri),
      lnum = hit.start_line,
      end_lnum = hit.end_line,
      col = 1,
      text = string.format('%.3f  %s', hit.score, what),
    })
  end
  return list
end

local function show(title, answer)
  vim.fn.setqflist({}, ' ', { title = title, items = entries(answer.hits) })
  if #answer.hits == 0 then
    report('no hits', vim.log.levels.INFO)
  elseif config.open then
    vim.cmd('botright copen')
  end
  if answer.coverage and answer.coverage < 1 then
    report(string.format('%d %% of the vectors are there; `loradex index` makes the rest',
      math.floor(answer.coverage * 100)), vim.log.levels.WARN)
  end
end

-- Fills the quickfix list with the answers to a question. options may hold lang, path, kind, adapter, mode and k.
function M.search(query, options)
  local argument = vim.tbl_extend('force', { query = query, k = config.k }, options or {})
  command('loradex.search', argument, function(answer)
    show('loradex: ' .. query, answer)
  end)
end

-- Fills the quickfix list with code that is like the lines first to last of the current file.
function M.similar(first, last, options)
  local path = vim.api.nvim_buf_get_name(0)
  if path == '' or vim.bo.buftype ~= '' then
    report('the buffer has no file')
    return
  end
  local argument = vim.tbl_extend('force', {
    uri = vim.uri_from_fname(path),
    range = { start = { line = first - 1, character = 0 }, ['end'] = { line = last, character = 0 } },
    text = table.concat(vim.api.nvim_buf_get_lines(0, first - 1, last, false), '\n'),
    k = config.k,
  }, options or {})
  command('loradex.similar', argument, function(answer)
    show(string.format('loradex: like %s:%d-%d', vim.fn.fnamemodify(path, ':t'), first, last), answer)
  end)
end

-- Sets the mix of adapters of later searches in this repository, as "go+security*0.3". "none" is the base encoder; ""
-- or nil goes back to what the index has by default.
function M.set_adapter(mix)
  if mix == nil or mix == '' then
    mix = vim.NIL
  end
  command('loradex.setAdapter', { adapter = mix }, function(answer)
    local set = answer.adapter
    if set == nil or set == vim.NIL then -- null; it depends on the version of Neovim
      set = 'that of the index'
    end
    report('adapter is ' .. set, vim.log.levels.INFO)
  end)
end

return M
