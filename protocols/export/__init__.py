"""A run as one web page, whose network learns in the browser and ends with the native bits."""
