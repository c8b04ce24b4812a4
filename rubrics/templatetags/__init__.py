"""Tags of rubrics."""
