"""The budgets of the README, measured: the product beside the bare pipeline, in the same minutes."""
