"""What a text message is made of: alphabets and segments."""
