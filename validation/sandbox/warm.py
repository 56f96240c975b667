"""What a server of children reads before it forks: catalogues that each child would read anew."""

from datasets.template import templates

templates()
