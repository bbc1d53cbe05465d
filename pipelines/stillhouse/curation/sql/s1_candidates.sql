-- One candidate per problem that no weaker model solves: its longest trace. `rows` has row, id, problem_id, source,
-- domain, tokens, solved.
CREATE TABLE candidates AS
SELECT row, id, coalesce(source, '') AS source, coalesce(domain, source, '') AS domain, coalesce(tokens, 0) AS tokens
FROM rows
WHERE NOT solved
QUALIFY row_number() OVER (PARTITION BY problem_id ORDER BY coalesce(tokens, 0) DESC, id) = 1
