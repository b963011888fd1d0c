"""Exact numbers, written in French."""

from decimal import Decimal


def french(number: Decimal | int) -> str:
    """Write an exact number with a decimal comma, its zeros as they are."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    return text.replace(".", ",")
