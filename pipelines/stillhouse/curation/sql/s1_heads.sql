-- The longest candidates of each domain, longest first: with weights 2^(-rank), what lies `depth` places below the
-- last draw has no chance that a 64-bit number could show.
SELECT domain, row
FROM candidates
WHERE row NOT IN (SELECT unnest($first))
QUALIFY row_number() OVER (PARTITION BY domain ORDER BY tokens DESC, id) <= $depth
ORDER BY domain, tokens DESC, id
