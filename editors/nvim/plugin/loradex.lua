-- The commands of lua/loradex.lua.

if vim.g.loaded_loradex then
  return
end
vim.g.loaded_loradex = true

vim.api.nvim_create_user_command('LoradexSearch', function(c)
  require('loradex').search(c.args)
end, { nargs = '+', desc = 'search the repository by meaning and words' })

vim.api.nvim_create_user_command('LoradexSimilar', function(c)
  require('loradex').similar(c.line1, c.line2)
end, { range = '%', desc = 'search for code that is like these lines' })

vim.api.nvim_create_user_command('LoradexAdapter', function(c)
  require('loradex').set_adapter(c.args)
end, { nargs = '*', desc = 'set the mix of adapters of later searches' })
