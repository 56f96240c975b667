"""Lists that are put into another order by naming what comes first."""

from collections.abc import Sequence

from publish.catalog.errors import invalid


def reordered(there: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Give ids in the order wanted, those not named behind; raises ValidationError.

    >>> reordered(["a", "b", "c"], ["c"])
    ['c', 'a', 'b']
    """
    if len(set(wanted)) != len(wanted):
        raise invalid({"order": "Must supply unique ids"})
    if strangers := [each for each in wanted if each not in there]:
        raise invalid({"order": f"Not among those to be ordered: {strangers[0]}"})
    return [*wanted, *(each for each in there if each not in wanted)]
