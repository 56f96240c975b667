"""Run the benchmarks: `make bench`, or `make bench ARGS=items`.

Prints Markdown tables; paste them into docs/performance.md with the command that made them.
"""

import sys

import demo
import items

BENCHES = {"items": items.main, "demo": demo.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHES:
        print(f"\n## {name}\n")
        BENCHES[name]()
