"""What both web apps share: the look, languages, and headers. Neither app imports the other."""
