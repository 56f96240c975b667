"""Executions of processes that outlive a request: jobs as rows, results as files, and who runs."""
