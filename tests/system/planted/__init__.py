"""Values that must be found nowhere: how they get in, and every place that is looked at."""
