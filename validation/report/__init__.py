"""The report that a clerk reads: findings by cause, what to do first, the cells and the places."""
