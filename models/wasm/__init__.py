"""Networks as WebAssembly: the program of cpp_standalone with three functions in place of main().

A browser or Node.js calls them (`protocols.export` makes the page). The text of the network is that of
`models.dense`, but for two things: denormal numbers (`models.dense.flushing`), and files, which there
are none of.
"""
