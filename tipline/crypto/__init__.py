"""The only room with cryptographic primitives: sealing, signing, tags, the key folders.

`opening` and `signing` are the private side. The gateway imports neither, directly or not.
"""
