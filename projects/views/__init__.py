"""Pages of a project: thin, one module per matter."""
