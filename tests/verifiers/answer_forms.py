"""Final answers as models really write them: the form, the answer that it states, and where the form was seen.

The forms are those of public outputs and of public benchmarks' prompts; the sentences around the values are ours.
`value` None means that nothing is stated.
"""

from typing import NamedTuple


class Form(NamedTuple):
    seen: str
    ending: str
    value: str | None


FORMS = [
    # Labels before the value.
    Form("openai/grade-school-math, model solutions", "16 - 3 - 4 = <<16-3-4=9>>9 eggs are left.\nA: 18", "18"),
    Form("openai/grade-school-math, model solutions", "She pays 2 * 9 = $<<2*9=18>>18.\nA: $18", "$18"),
    Form("openai/simple-evals, MATH", "Nine eggs at two dollars.\n\nAnswer: 18", "18"),
    Form("openai/simple-evals, MATH", "Nine eggs at two dollars.\n\nAnswer: $\\frac{3}{4}$", "\\frac{3}{4}"),
    Form("QwenLM/Qwen2.5-Math, prompts", "Nine eggs at two dollars.\nThe answer is: 18", "18"),
    Form("MetaMath on GSM8K", "Nine eggs at two dollars.\n#### 18\nThe answer is: 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, gsm8k-cot", "She sells nine eggs. 9 * 2 is 18. The answer is 18.", "18"),
    Form("EleutherAI/lm-evaluation-harness, minerva_math", "Final Answer: The final answer is $\\frac{3}{4}$. I hope it is correct.", "\\frac{3}{4}"),
    Form("open-compass/opencompass, agieval", "We add them up.\n\nANSWER: 18", "18"),
    Form("WildEval/ZeroEval, GSM8K", "So Ann needs 3 more.\n\nThe answer is 60, representing 60% of all students.", "60"),
    Form("WildEval/ZeroEval, GSM8K", "Adding up.\n\nThe answer is 45 pictures (27 of cats + 18 of dogs).", "45"),
    Form("WildEval/ZeroEval, MATH", "Adding up.\n\n**answer**: \"-5\"\n}\n```", "-5"),
    Form("WildEval/ZeroEval, GSM8K", "The answer \"12\" given above is incorrect; the correct answer is \"18\".", "18"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n**Answer:** 18 minutes", "18 minutes"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n**Answer: 50 minutes**", "50 minutes"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n**Answer**: 18", "18"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n### Final Answer:\n18 minutes", "18 minutes"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n### **Final Answer**\n\n**18**", "18"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n### ✅ Final Answer:\n\n$$18$$", "18"),
    Form("cpldcpu/MisguidedAttention", "They meet halfway.\n\n## **Answer**\n\n\\[ x = 18 \\]", "x = 18"),
    Form("cpldcpu/MisguidedAttention", "The correct answer is **18 minutes**.", "18 minutes"),
    Form("cpldcpu/MisguidedAttention", "The answer to the question is 18.", "18"),
    Form("inspect_ai, math scorer's markers", "We add them up.\nResult = 18", "18"),
    Form("issue trackers of graders", "We add them up.\nAns: 18", "18"),
    Form("issue trackers of graders", "We add them up.\nAnswer = 18", "18"),
    # GSM8K's mark anywhere in a line.
    Form("Abel on GSM8K (GSM-Plus)", "6. [Final solution] Thus, Ann makes $18 every day at the market. #### 18", "18"),
    Form("GPT-3.5 on GSM8K (GSM-Plus)", "Therefore, she makes #### 18 dollars every day at the market.", "18 dollars"),
    Form("GPT-3.5 on GSM8K (GSM-Plus)", "Therefore, the total is #### $131,250.", "$131,250"),
    Form("GPT-3.5 on GSM8K (GSM-Plus)", "Therefore, Mark needs #### 23 pounds of wool to make 4 hats and 3 scarves.", "23 pounds"),
    Form("GPT-3.5 on GSM8K (GSM-Plus)", "Therefore, 30 - 5 = #### 25 children are left.", "25"),
    # A closing sentence or display.
    Form("GPT-3.5 on GSM8K (GSM-Plus)", "Therefore, it will cost Ann $14.00 to build it.", "14.00"),
    Form("GPT-4 on GSM8K (GSM-Plus)", "9 * 2 = 18.\nShe makes 18 dollars.", "18"),
    Form("MATH solutions", "Adding the two gives $2x = 36$.\nHence, the value is $18$.", "18"),
    Form("MATH solutions", "Adding the two gives $2x = 36$.\nTherefore, x = 18.", "18"),
    Form("MATH solutions", "Adding the two gives\n\\[x = 18.\\]", "x = 18."),
    Form("cpldcpu/MisguidedAttention", "Therefore, they need **18 minutes** for 3 trips.", "18"),
    # Other languages.
    Form("openai/simple-evals, MGSM zh", "每天卖9个鸡蛋。\n答案：18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mgsm zh", "每天卖9个鸡蛋。答案是 18。", "18"),
    Form("open-compass/opencompass, gaokao", "【答案】18", "18"),
    Form("open-compass/opencompass, math401", "所以最终答案为 $18$。", "18"),
    Form("MGSM zh outputs", "所以，她每天赚18美元。", "18"),
    Form("openai/simple-evals, MGSM ja", "卵は9個です。\n答え: 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mgsm ja", "卵は9個です。答えは18です。", "18"),
    Form("openai/simple-evals, MGSM de", "Sie verkauft 9 Eier.\nAntwort: 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mgsm de", "Die Antwort lautet 18.", "18"),
    Form("openai/simple-evals, MGSM fr", "Elle vend 9 œufs.\nRéponse : 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mgsm fr", "La réponse est 18.", "18"),
    Form("openai/simple-evals, MGSM es", "Vende 9 huevos.\nRespuesta: 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mgsm es", "La respuesta es 18.", "18"),
    Form("openai/simple-evals, MGSM ru", "Она продаёт 9 яиц.\nОтвет: 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mgsm ru", "Ответ — 18.", "18"),
    Form("openai/simple-evals, MGSM sw", "Jibu: 18", "18"),
    Form("openai/simple-evals, MGSM th", "คำตอบ: 18", "18"),
    Form("openai/simple-evals, MGSM bn", "উত্তর: 18", "18"),
    Form("openai/simple-evals, MGSM te", "సమాధానం: 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mmlu_prox ko", "답은 18입니다", "18"),
    Form("EleutherAI/lm-evaluation-harness, mmlu_prox vi", "Câu trả lời là 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mmlu_prox pt", "A resposta é 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mmlu_prox it", "La risposta è 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mmlu_prox ar", "الإجابة هي 18", "18"),
    Form("EleutherAI/lm-evaluation-harness, mmlu_prox id", "Jawabannya adalah 18", "18"),
    # The last of several statements counts.
    Form("TIGER-AI-Lab/MMLU-Pro", "The closest answer is 85.7 percent. The answer is (C).", "(C)"),
    Form("TIGER-AI-Lab/MMLU-Pro", "Answer: The answer is (C)", "(C)"),
    Form("WildEval/ZeroEval, GSM8K", "The box holds \\boxed{12}. That was a slip.\nThe final answer is 18.", "18"),
    # Nothing is stated.
    Form("WildEval/ZeroEval, cut off", "So John was twice as old, and now John is 2y + 28 - 2y years old", None),
    Form("WildEval/ZeroEval, cut off", '{"reasoning": "He buys 2 cows, so he pays 2 * $1500 = $3000.', None),
    Form("WildEval/ZeroEval, cut off", "Let's test t = 121:\n30 * 121 = 3630, which is not above 4200. Next, let's try 122 and", None),
    Form("denied", "We cannot know for sure.\n\nIt is not 18.", None),
    Form("denied", "I do not think that the answer is 18.", None),
    Form("supposed", "If the answer is 18, then each of them has 9.", None),
    Form("a question", "Is it 18?", None),
    Form("several", "She has 9 eggs, he has 4.", None),
    Form("the think part", "<think>The answer is 18.</think>", None),
    Form("the think part", "<thought>The answer is 18.</thought>\nThere is no way to say.", None),
]  # fmt: skip
