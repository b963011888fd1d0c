"""How often a process looks for rubbish: seldom, where pages are made."""

import gc

# A page makes many objects and hardly any cycle: looking for them there takes up to a third of the time.
SELDOM = (50_000, 20, 100)


def collect_seldom() -> None:
    """For a process that makes pages or documents until it ends."""
    gc.set_threshold(*SELDOM)
