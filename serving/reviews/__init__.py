"""Were the predictions kept: results of campaigns beside what was predicted for them."""
