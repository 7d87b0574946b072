"""The ways on which alerts go out: mail, webhook, Web Push."""
