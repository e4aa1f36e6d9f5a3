" Description: redlua, for transcripts: commands behind `> `, replies below.
call redlua#linter('redis')
