"""The budgets of docs/performance.md, measured: the product beside the bare pipeline, in the same minutes."""
