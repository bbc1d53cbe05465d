"""The words around an answer, in the languages in which models answer: what announces it, and what denies, doubts or scales it.

Closed lists: a word that is not here neither announces a value nor changes it. The labels are those that published
benchmarks ask for (MGSM and MMLU in their languages, GSM8K, MATH, C-Eval) and that models were seen to write.
"""

import re

# Words that are followed by the answer, after a colon or a verb.
_LABELS = (
    r"answers?|ans\b\.?|respuestas?|réponses?|antwort(?:en)?|antwoord|rispost[ae]|respostas?|ответ|відповідь|odpowiedź|odpověď|odgovor|svar(?:et)?"
    r"|vastaus|răspuns(?:ul)?|válasz|cevap|jawaban(?:nya)?|jibu|đáp án|đáp số|câu trả lời|απάντηση|תשובה|الإجابة|الجواب|جواب|پاسخ|उत्तर|উত্তর|సమాధానం|விடை|ഉത്തരം"
    r"|correct (?:option|choice)|erantzuna|impendulo|ìdáhùn|tontu"
)
# Languages without a word for "is": the value follows the label.
_LABELS_WITHOUT_VERB = r"a válasz|సమాధానం|جواب|उत्तर"
_LABELS_WITHOUT_SPACES = r"(?:答案|答え|回答|解答|정답은?|답변은?|답은?|คำตอบ)(?:選項|选项)?"
# Labels only at the start of a line, because elsewhere they are common words.
_LINE_LABELS = r"a|ans|result|results|solution|resultado|résultat|resultat|ergebnis|lösung|результат|结果|结论|答|解|답|答え|conclusion"
_VERBS = (
    r"(?:should |must |would |will |has to )?(?:be|is|was|are|equals?|comes? (?:out )?to|turns out to be|ist|lautet|beträgt|es|son|sería|est|sont"
    r"|vaut|è|é|são|это|равен|равно|równa się|je|jest|to|är|er|on|este|adalah|ialah|ni|là|bằng|είναι|هي|هو|ہے|है|आहे|আছে|হল|হলো|náà ni|ithi|bi mooy)(?!\w)"
)
_VERBS_WITHOUT_SPACES = r"(?:应该是|应当是|应为|应是|就是|等于|為|为|是|即|は|가|คือ|는)"
_OPEN = r"[\s*_`\"'“”「【\[(]*"
LABEL = re.compile(
    rf"(?<![^\W_])(?:{_LABELS})(?P<of>[\s*_]+(?:to|for|of|in|du|de|der|al|a la|zur|auf)\s[^\n:=.?!]{{1,60}}?|[\s*_]+here)?[\s*_`\"'”」】\])]*"
    rf"(?:(?P<verb>(?<![^\W_])(?:{_VERBS})[\s*_]*:?|=|[:：—]|-(?=\s))|(?=\s*(?:\$|\\[(\[\\])))"
    rf"|(?<![^\W_])(?:{_LABELS_WITHOUT_VERB})(?=\s+[(\[]?[-\d$\\A-Z])"
    rf"|{_LABELS_WITHOUT_SPACES}[\s*_」】\])]*(?P<verb2>{_VERBS_WITHOUT_SPACES}?[\s*_]*[:：]?)"
    rf"|^[ \t>#*_\-•✅]*(?:\d+[.)]\s*)?(?:final\s+|the\s+)?(?!(?-i:a)\s*=)(?:{_LINE_LABELS})[\s*_]*(?P<line>[:：=])",
    re.IGNORECASE | re.MULTILINE,
)
# A heading that is nothing but a label; the answer stands below it.
HEADING = re.compile(
    rf"^[ \t>#*_\-•✅]*(?:the\s+)?(?:[a-z]+\s+)?(?:{_LABELS}|{_LABELS_WITHOUT_SPACES})[ \t*_]*[:：]?[ \t*_]*$", re.IGNORECASE | re.MULTILINE
)
# A sentence that begins with one of these concludes.
CONCLUDES = re.compile(
    r"^[\s>*_#\-•\d.()\[\]a-zA-Z]{0,24}?(?:\b(?:so|thus|therefore|hence|consequently|finally|in total|altogether|in conclusion|overall|then|as a result"
    r"|donc|ainsi|finalement|por lo tanto|por tanto|así que|entonces|also|daher|folglich|somit|insgesamt|quindi|pertanto|portanto|logo|assim|dus|итак|"
    r"следовательно|поэтому|таким образом)\b|所以|因此|故|综上|则|よって|したがって|つまり|따라서|그러므로)",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:least\s+(?:likely|probable|plausible)"
    r"|not|(?<!\bno )(?<!without )(?<!without a )doubt|doubtful|no\s+way"
    r"|never|cannot|neither|nor|incorrect|wrong|false|impossible|nicht|kein\w*|nie|pas|jamais|no (?:es|son|puede|sería)|nunca"
    r"|não|non|нет|не|niet|geen|inte|ikke|bukan|tidak|değil|không)\b|n't\b|n’t\b|不|没|非|无法|ではな|じゃな|ない|아니|않",
    re.IGNORECASE,
)
# Before a label: what follows it is no statement ("if the answer is 5", "is the answer 5?").
SUPPOSED = re.compile(
    r"\b(?:if|whether|suppose|supposing|assume|assuming|unless|until|example|e\.g|format|form|in case|might|maybe|perhaps|possib(?:le|ly)"
    r"|guess|si|wenn|falls|ob|если)\b"
    r"|如果|假设|假如|もし|만약",
    re.IGNORECASE,
)
# What somebody else says is not what the response states.
ATTRIBUTED = re.compile(
    r"(?<!\bI)(?<!\bwe)(?<!\bI would)(?<!\bwe would)(?<!\bI have)\s+"
    r"(?:said|says?|claim(?:s|ed)|thinks?|thought|believe[sd]?|argue[sd]?|insist(?:s|ed)?)[\s,:]+(?:that\s+)?"
    r"(?:the\s+(?:(?:final|correct|right)\s+)?(?:(?:answer|result)\s*(?:is|was|:)?)?)?[\s$(\[{:*\\\"'“`]*$",
    re.IGNORECASE,
)
# A label or sentence right before an answer, on its line or the one above, that gives it as none. What ends in a full stop speaks
# of what was before ("17 is wrong. <answer>…"), but for a refusal.
DENIES_NEXT = re.compile(
    r"(?:^|[\n.!?;])[\s>*_#-]*(?:"
    r"(?:this|that|these|those|it|the\s+following|here|below|what\s+follows)\s+(?:is|are|was)(?:\s+(?:not|never)|n['’]t)"
    r"\s+(?:(?:the|my|our|an?)\s+)?(?:(?:final|correct|right|real|actual|true)\s+)?(?:answer|solution|result|response|value|one|correct|right|true)[\s*_]*[:—–-]"
    r"|(?:the\s+|an?\s+|my\s+)?(?:wrong|incorrect|false|invalid|rejected|bad|not)(?:\s+(?:the\s+)?(?:answer|result|value|solution|one))?[\s*_]*[:—–]"
    r"|(?:please\s+)?(?:do\s+not|don['’]t|never)\s+(?:submit|use|say|write|answer|take|trust|accept|believe|count|grade|read|give)"
    r"\s+(?:this|that|these|it|the\s+following|below|what\s+follows)\b[^.!?\n:]{0,30}[\s*_]*[:—–-]"
    r"|(?:i|we)\s+(?:(?:refuse|decline)(?:\s+to\s+(?:answer|say|tell|reply|respond|help))?|(?:(?:will|do|can)\s*not|(?:won|don|can)['’]t)\s+answer)"
    r"(?:\s+(?:this|that|it|the\s+question))?[\s*_]*[.!:—–-]"
    r")[\s*_]*$",
    re.IGNORECASE,
)
# "The only value that x cannot have is 2" states 2.
ONLY_NOT = re.compile(r".*\bonly\b.*\b(?:not|never|cannot)\b.*\b(?:is|are)\s+[\\$(\s]*", re.IGNORECASE | re.DOTALL)
# What stands before a value and makes it another one, or only a bound.
MEASURED_BY = re.compile(
    r"(?:\b(?:(?:might|may|could)(?:\s+(?:also|well|possibly))?\s+be"
    r"|(?<!no )(?:less|fewer|more|greater|smaller|larger|higher|lower|other|bigger)\s+than|anything\s+but|except(?:\s+for)?|unless"
    r"|half(?:\s+of)?|twice|thrice|double|triple|treble|quadruple|a\s+(?:third|quarter|fifth|tenth)\s+of|up\s+to|at\s+(?:least|most)|far\s+from"
    r"|close\s+to|near(?:ly)?|almost|between|above|below|over|under|beyond|exceeds?|(?:square|cube)\s+root\s+of|(?:reciprocal|inverse|opposite|factorial|logarithm|log|double|negation)\s+of"
    r"|(?:number|integer)\s+(?:right\s+|just\s+)?(?:after|before|following|preceding)|successor\s+(?:of|to)|the\s+(?:negative|opposite|reciprocal|inverse|square(?:\s+root)?|cube"
    r"(?:\s+root)?|root|factorial|logarithm|log|double|half|negation|complement|multiple|sum|product|difference|ratio|remainder)\s+of|instead\s+of|rather\s+than"
    r"|multiples?\s+of|powers?\s+of|divisible\s+by|different\s+from|minus|plus|times|modulo|mod|\\(?:not|neg|lnot|mod|pm)(?![a-zA-Z]))"
    r"|不到|超过|大于|小于|至少|至多|约为|(?<!\\)[~≈<>≤≥≠¬])(?:\s+the)?(?:\s+(?:value|number|answer|result))?[\s$(\[{\\:*]*$",
    re.IGNORECASE,
)
_NUMERAL = r"(?:[-\d$\\(]|(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)\b)"
# What stands behind a value and makes it another one. Plurals and numerals keep "15 times that week" and "3 fifth graders" readable.
SCALES_AFTER = re.compile(
    rf"[\s$)\]}}\\*,-]*(?:(?:dozens?|gross|hundreds?|thousands?|millions?|billions?|trillions?|lakhs?|crores?|squared|cubed|factorial|halves|thirds"
    rf"|fourths|fifths|sixths|sevenths|eighths|ninths|tenths|hundredths|thousandths|modulo|mod)\b|(?:point|plus|minus|over|times|base|divided\s+by"
    rf"|multiplied\s+by)\s+{_NUMERAL}|times\s+(?:as|more|less|the)\b|raised\s+to\b|to\s+the\s+(?:power|\w+th\s+power)"
    rf"|or\s+(?:maybe\s+|perhaps\s+|possibly\s+)?{_NUMERAL}|or\s+(?:more|less|so|fewer)\b|in\s+base\b|degrees?\s+below|below\s+zero"
    rf"|(?:doubled|tripled|quadrupled|halved|myriads?|tausend|millionen|milliarden|mille|mil|millones|milliards?|тысяч\w*|миллион\w*|миллиард\w*)\b"
    rf"|times\s+itself\b|(?:less|more|fewer)\s+than\s+{_NUMERAL}|less\s+{_NUMERAL}|(?:%|percent)\s+of\s+{_NUMERAL}"
    rf"|(?:but|though)\s+(?:it\s+)?(?:could|might|may)\s+(?:also\s+)?be\b|unless\b|(?:or\s+)?(?:maybe|perhaps|possibly)\s+{_NUMERAL}"
    rf"|(?:not|never|undefined|diverges|impossible)[\s.}})\]$]*$"
    rf"|万|亿|千|百|打|倍|ダース|만|억)",
    re.IGNORECASE,
)
