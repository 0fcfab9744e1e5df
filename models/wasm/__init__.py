"""Networks as WebAssembly: the program of cpp_standalone with three functions in place of main().

A browser or Node.js calls them (`protocols.export` makes the page). The text of the network is
that of `models.dense`, and denormal numbers become 0 in it (`models.dense.flushing`). There are no
files.
"""
