-- One candidate per problem (its longest trace), and why the others are not: solved by a weaker model, or another
-- trace of the same problem. `rows` has row, id, problem_id, source, domain, tokens, solved.
CREATE TABLE candidates AS
SELECT
    row, id, source, domain, tokens,
    CASE
        WHEN solved THEN 'solved'
        WHEN row_number() OVER (PARTITION BY problem_id ORDER BY solved, tokens DESC, id) > 1 THEN 'other_trace'
    END AS reason
FROM rows
