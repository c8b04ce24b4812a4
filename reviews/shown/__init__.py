"""What the pages of reviews show, put together from rows: nothing is decided here."""
