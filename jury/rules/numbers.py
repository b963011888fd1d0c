"""Exact numbers, written in French."""

from decimal import Decimal


def french(number: Decimal | int) -> str:
    """Write an exact number with a decimal comma, its zeros as they are."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    return text.replace(".", ",")


def credits_text(ects: Decimal) -> str:
    """ECTS without useless zeros: "7", "7,5"."""
    text = f"{ects:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")
