"""Pages of reviews: a lead's queue and decision, a judge's feedback and record."""
