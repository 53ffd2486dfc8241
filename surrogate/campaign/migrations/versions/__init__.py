"""One file per version of the tables; the last one is the newest."""
