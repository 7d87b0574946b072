"""The audit log: what staff did, in a Merkle tree that outsiders can witness and check.

Formats are those of C2SP (https://c2sp.org/tlog-tiles and the pages named there) over the tree of
RFC 6962, so that tools which we did not write can verify it. `signing_notes` is the private side;
the gateway imports it neither directly nor through another module.
"""
