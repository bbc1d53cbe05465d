"""How the answer to each task of reasoning-gym is read, where that is stricter than the task's own scorer, and why.

An answer is right when it is wholly of the task's form (`READINGS`) and the task's own check, the package's or the one of
tasks.py, gives full marks to what was read. The package never sees the rest of a text. A task without a line here is not
judged. Where the package alone would give full marks and the reading does not:

| tasks | the package passes over |
| --- | --- |
| gsm_symbolic | all but the first number: signs, roots, scales, bounds, alternatives |
| polynomial_equations, prime_factorization | parts that are no numbers; anything at all where there is no solution |
| cryptarithm, graph_color, codeio, game_of_life, palindrome_partitioning | keys and lists that stand twice, vertices that are none, `true` for 1 |
| boxnet, jugs, rush_hour, rubiks_cube, tower_of_hanoi | moves against the rules, moves that cannot be read, words around moves |
| advanced_geometry, time_intervals | what follows a point or a number of days; clocks of 99 minutes |
| decimal_arithmetic, pool_matrix, coin_flip, number_format | differences of 1e-3, 1 %, 1e-4, 1e-2 that the question does not allow |
| number_sorting (tasks.py) | differences of 1 |
| knights_knaves, quantum_lock, kakurasu, survo, arc_agi, rearc | words, denials and other cells between those that it looks for |
| propositional_logic | premises for conclusions, with or without further alternatives, unknown names, chains of → whose meaning is open |
| bitwise_arithmetic (tasks.py), letter_jumble | another base than the one that is asked for, other capitals |
| word_ladder | words that stand twice |
| game_of_life_halting, calendar_arithmetic, complex_arithmetic, figlet_font | any word for yes, a near count below zero, `nan`, a prefix |
| sentences and words (letter_jumble, spell_backward, needle_haystack) | further words |

Where the package alone would not: decoration of the whole answer (`$…$`, bold, a fence, a full stop), thousands separators,
trailing zeros, and fractions in LaTeX are read through everywhere.
"""

from stillhouse.verifiers.gym import logic, measures, puzzles, shapes
from stillhouse.verifiers.gym.shapes import Reading

_BY_READING: dict[Reading, str] = {
    shapes.text: """ab acre base_conversion bf caesar_cipher circuit_logic course_schedule emoji_mystery isomorphic_strings list_functions
        mahjong_puzzle modulo_grid number_filtering ransom_note string_insertion string_manipulation syllogism word_sequence_reversal""",
    shapes.folded: "color_cube_rotation family_relationships game_of_life_halting tsumego zebra_puzzles",
    shapes.words: "sentence_reordering",
    shapes.letters: "figlet_font needle_haystack spell_backward",
    shapes.cells: """arc_1d arc_agi binary_matrix futoshiki manipulate_matrix mini_sudoku rearc rotate_matrix sudoku""",
    shapes.squares: "n_queens",
    shapes.tokens: "letter_jumble path_star spiral_matrix string_splitting string_synthesis",
    shapes.listed: "word_sorting",
    shapes.numeral: "chain_sum decimal_chain_sum products",
    shapes.count: """aiw basic_arithmetic binary_alternation count_bits count_primes gcd largest_island lcm leg_counting letter_counting maze
        number_sequence rectangle_count rotten_oranges self_reference simple_equations""",
    shapes.amount: "gsm_symbolic",
    shapes.angle: "simple_geometry",
    shapes.quotient: "dice fraction_simplification",
    shapes.value: "codeio game_of_life",
    shapes.groups: "group_anagrams palindrome_partitioning",
    shapes.factors: "prime_factorization",
    shapes.letters_once: "palindrome_generation",
    shapes.ladder: "word_ladder",
    shapes.roots: "polynomial_equations",
    shapes.complex_number: "complex_arithmetic",
    shapes.whole: "number_sorting",
    shapes.expression: "countdown intermediate_integration polynomial_multiplication puzzle24 simple_integration",
    shapes.hexadecimal: "bitwise_arithmetic",
    measures.geometry: "advanced_geometry",
    measures.pooled: "pool_matrix",
    measures.probability: "coin_flip",
    measures.figures: "decimal_arithmetic",
    measures.three_figures: "power_function",
    measures.one_of: "number_format",
    measures.duration: "time_intervals",
    measures.calendar: "calendar_arithmetic",
    puzzles.mapping: "cryptarithm",
    puzzles.colouring: "graph_color",
    puzzles.boxes: "boxnet",
    puzzles.jugs: "jugs",
    puzzles.tower: "tower_of_hanoi",
    puzzles.knights: "knight_swap",
    puzzles.traffic: "rush_hour",
    puzzles.sokoban: "sokoban",
    puzzles.buttons: "quantum_lock",
    puzzles.path: "shortest_path",
    puzzles.turns: "rubiks_cube",
    puzzles.board: "kakurasu survo",
    logic.conclusion: "propositional_logic",
    logic.roles: "knights_knaves",
}
READINGS: dict[str, Reading] = {task: reading for reading, tasks in _BY_READING.items() for task in tasks.split()}
