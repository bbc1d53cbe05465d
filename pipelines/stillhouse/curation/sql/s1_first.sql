-- What is taken before any draw: every candidate of some sources, the long ones of others; the longest first.
SELECT row
FROM candidates
WHERE list_contains($take_all, source) OR (list_contains($take_long, source) AND tokens > $long_tokens)
ORDER BY tokens DESC, id
LIMIT $size
