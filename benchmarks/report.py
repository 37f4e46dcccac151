"""One line per goal: what was measured, against what, the ratio and whether it holds."""


def report(name: str, measured: float, reference: float, goal: float, *, unit: str = "s") -> int:
    """Prints the line; returns 1 when `measured / reference` is above `goal`."""
    ratio = measured / reference
    verdict = "ok" if ratio <= goal else "MISSED"
    print(
        f"{name}: {measured:.3f} {unit} / {reference:.3f} {unit} = {ratio:.3f} (goal {goal:.2f} at most) {verdict}",
        flush=True,
    )
    return int(ratio > goal)
