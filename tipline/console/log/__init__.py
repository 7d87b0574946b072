"""The auditor's pages: who did what."""
