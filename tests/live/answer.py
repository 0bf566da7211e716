"""What tally-lookup -J says, turned back into the integers that Redis has: so it can be held against the oracle."""
import re

from world import need, oracle

COUNTS = ("inexact", "undecided", "contradicted", "covered", "mismatched")


def digits(measure):
    """Behind the point."""
    if ".days." in measure:
        return 0
    if ".qty." in measure:
        return 3
    code = measure.rpartition(".")[2]
    return oracle.DIGITS[code] if code in oracle.CURRENCIES else 0


def minor(measure, text):
    """A decimal text as an integer: it has just the digits of its measure, and no blank, sign or zero too many."""
    behind = digits(measure)
    need(isinstance(text, str) and re.fullmatch(r"-?(0|[1-9]\d*)" + (rf"\.\d{{{behind}}}" if behind else ""), text), f"{measure} is said to be {text!r}")
    return int(text.replace(".", ""))


def unit(measure):
    """That of a number, as answers name it."""
    code = measure.rpartition(".")[2]
    if ".days." in measure:
        return "days"
    if code in oracle.CURRENCIES or ".qty." in measure:
        return code
    return "agreements" if measure.startswith("agreements") else "records"


def _beside(measure, note):
    """export.CNY, derived -> export.derived.CNY; the numbers of records have no currency."""
    flow, rest = re.fullmatch(r"((?:deals\.)?(?:export|import|total)|agreements)(?:\.(.*))?", measure).groups()
    return f"{flow}.{note}" + ("" if note in COUNTS else f".{rest}")


def totals(said):
    """-> window, month or year -> measure -> integer: a hash of Redis for each, so what stands beside an amount is a field again."""
    have = {}
    for row in said["rows"]:
        fields = have.setdefault(row.get("window") or row.get("month") or row.get("year") or f"{row['from']}..{row['to']}", {})
        numbers = {row["measure"]: minor(row["measure"], row["value"])}
        for note, n in row["notes"].items():
            name = _beside(row["measure"], note)
            numbers[name] = n if note in COUNTS else minor(name, n)
            need(n != 0, f"a note that says nothing: {row}")
        if row["days"] is not None:
            numbers[_beside(row["measure"], "days")] = row["days"]
        for measure, n in numbers.items():
            need(fields.setdefault(measure, n) == n, f"{measure} is {fields[measure]}, and beside another row {n}: {row}")
        need(row["unit"] == unit(row["measure"]), f"a unit: {row}")
    return {when: {m: n for m, n in fields.items() if n} for when, fields in have.items()}


def shares(said):
    """-> window, measure -> what coverage says of it."""
    return {(row["window"], row["measure"]): row["coverage"] for row in said["rows"] if "coverage" in row}
