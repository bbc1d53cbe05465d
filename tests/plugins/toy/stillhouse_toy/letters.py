"""What the verifier reads."""


def letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha())
