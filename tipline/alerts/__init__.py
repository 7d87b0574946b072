"""Alerts: telling staff, without any content, that a thread needs somebody."""
