"""Equations as Brian2 text, and their parameters: one folder a paper.

No Brian2 object is made here. `equations.parameters` is what the folders share.
"""
