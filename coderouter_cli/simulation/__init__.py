"""What recorded work would have cost otherwise: sessions replayed step by step under several policies.

A layer of its own between the core and the machine: it joins routing, accounting's cache rule, the classifier
and the catalog, which do not know each other, and is as pure as they are. Chance comes from hashes, the
moment of prices from the caller, sessions from whoever has read them (`clients`, `storage`).
"""
