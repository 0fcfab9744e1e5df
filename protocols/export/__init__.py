"""A run as one web page: its network learns in the browser, and ends with the command line's bits."""
