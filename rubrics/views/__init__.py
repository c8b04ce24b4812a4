"""Pages of rubrics: thin, one module per matter."""
