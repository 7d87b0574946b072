"""Measurements, reported as ratios within one run or as figures beside the machine they ran on."""
