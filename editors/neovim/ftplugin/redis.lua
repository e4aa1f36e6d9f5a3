-- Transcripts: commands behind `> `, replies below.
vim.bo.commentstring = '# %s'
vim.bo.comments = ':#'
