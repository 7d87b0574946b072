"""A thread: the conversation, and what members do in it."""
