"""What the database says of a snapshot, or of the whole book, in a handful of queries for any number of rows: what
the screens of analysis and the pipeline show. Nothing here changes anything."""
