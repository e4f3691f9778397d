"""The choice of an 整治 scheme: which land becomes cropland, and which of it becomes permanent farmland."""
