"""Programs that Brian2 writes in C++: compiled as one source, once, and kept.

`models.devices` compiles its networks so, and `models.dense` those of a script of one's own.
"""
