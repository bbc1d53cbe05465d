-- The domain mix of the benchmark sources, for the draw that follows them.
SELECT domain, count(*) AS n
FROM candidates
WHERE list_contains($benchmark, source)
GROUP BY domain
ORDER BY domain
