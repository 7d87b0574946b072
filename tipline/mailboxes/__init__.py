"""Mailboxes: where replies wait for somebody without a number, who comes back with seven words.

Intake makes them (`addressing` signs and checks their rows), members' replies become letters in
them (`letters`), and whoever has the words opens both (`reading`).
"""
