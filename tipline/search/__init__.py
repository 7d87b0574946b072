"""Search in sealed text: keyed word tags, and opening what they find."""
